"""Last year's plans: all of them finished, with a year of measured values."""

from . import alder_creek, juniper_street, quarry_hill

PLANS = (*alder_creek.PLANS, *juniper_street.PLANS, *quarry_hill.PLANS)
