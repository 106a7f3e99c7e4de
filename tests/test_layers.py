"""Pages know the domain, the domain knows no page. (.importlinter holds the rest; it has no word for `*_views`.)"""

import grimp
import pytest

MODULES = grimp.build_graph("webapp")


def is_view(module: str) -> bool:
    """Whether a module holds routes."""
    return module.endswith("views")


@pytest.mark.parametrize("view", sorted(filter(is_view, MODULES.modules)))
def test_only_pages_import_a_page(view: str) -> None:
    importers = MODULES.find_modules_that_directly_import(view)
    assert {module for module in importers if not is_view(module)} <= {"webapp.pages"}


def test_only_the_factory_imports_the_pages_and_the_commands() -> None:
    for module in ("webapp.pages", "webapp.cli"):
        assert MODULES.find_modules_that_directly_import(module) == {"webapp"}
