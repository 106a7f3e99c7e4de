"""What the browser tests stand on: a real Chromium, a real server with the demo school, and people who sign in."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, expect

from tests.browser.people import FLAGS, NAMES, PATIENCE, Person, Watch, at_a_browser
from tests.browser.site import Site

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How Chromium is started: the one of this machine."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(
            "Chromium is not installed here (on Debian: apt-get install chromium-headless-shell fonts-liberation)"
        )
    return {"executable_path": found, "args": FLAGS}


@pytest.fixture(scope="session")
def demo_school(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A site with the demo school that is only read: whoever changes anything takes a copy."""
    folder = tmp_path_factory.getbasetemp()
    of_all = (
        folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    ) / "filled"  # once for all workers of a run
    with FileLock(f"{of_all}.lock"):
        if not of_all.exists():
            of_all.mkdir()
            Site(of_all).fill()
    site = Site(of_all).copy(tmp_path_factory.mktemp("demo-school"))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def site(demo_school: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of this file's own, to change."""
    site = demo_school.copy(tmp_path_factory.mktemp("site"))
    site.start()
    yield site
    site.stop()


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    """What must not happen in any browser of this test."""
    watch = Watch(site)
    yield watch
    watch.nothing_wrong()


@pytest.fixture
def as_(browser: Browser, site: Site, watch: Watch) -> Iterator[Callable[..., Person]]:
    """Someone at a browser of their own, signed in: `as_("coach")`, `as_("teacher", java_script_enabled=False)`."""
    with ExitStack() as browsers:
        yield lambda key, **options: browsers.enter_context(at_a_browser(browser, site, watch, key, **options))
