"""The command: makes the district, runs the server, measures, prints."""

import argparse
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, create_engine

import tests.bench
from tests import postgresql
from tests.bench import apart, district, sessions, writing
from tests.bench.district import GrowingDistrict
from tests.bench.server import Server, running
from tests.bench.timing import fsync, in_turns
from tests.bench.together import at_once
from tests.bench.visitor import Visitor, version_of
from webapp import create_app, database, demo, migrations

KEY_RING = Path(__file__).parent.with_name("key_ring.json")
DURABLE = {"fsync": "on", "synchronous_commit": "on"}
BARE = """bare = Flask and Jinja alone, on this server in this run, taken in turns with the site: a page of the same size
that draws questions with hint, example, box and text, a macro for each (30 on a page of 40 KB); no database, no
sign-in, no CSRF token, no compression. For a save: a POST answered by one line of status of the same size.
ratio = of the medians; quiet = of the fastest tenth of each, for machines that do something else meanwhile."""
HEAD = f"{'':38}{'ms':>7}{'p95':>7}{'KB':>7}{'bare ms':>9}{'p95':>7}{'ratio':>8}{'quiet':>8}"
WRITING, APPROVED = "goal_statement", "school_goal"  # a prompt in Part 2, being written, and one in Part 1, approved


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=tests.bench.__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--postgresql", nargs="?", const="", metavar="URL", help="measure on PostgreSQL")
    parser.add_argument("--plans", default="100,10000,100000", help="how many plans, in growing order")
    parser.add_argument("--only", choices=["pages", "walls", *writing.SHOWN], help="not everything")
    parser.add_argument("--rounds", type=int, default=100, help="how often each page is asked for")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder, _database(folder, chosen.postgresql) as url:
        sizes = [int(number) for number in chosen.plans.split(",")]
        _measure(Path(folder), url, sizes, chosen.rounds, chosen.only)


@contextmanager
def _database(folder: str, postgres: str | None) -> Iterator[str]:
    if postgres is None:
        yield f"sqlite:///{folder}/accord.db"
    elif postgres:
        yield postgres
    elif (programs := postgresql.programs()) is None:
        raise SystemExit("PostgreSQL is not installed here.")
    else:
        with postgresql.server(programs, DURABLE) as url:
            yield url


def _measure(instance: Path, url: str, sizes: list[int], rounds: int, only: str | None) -> None:
    engine = _demo_school(instance, url)
    growing = GrowingDistrict(engine)
    growing.grow(sizes[0])
    plan = growing.plan_to_write()
    print(
        f"Accord, {date.today():%B %d, %Y}: {engine.dialect.name}, Python {platform.python_version()}, {os.cpu_count()} cores\n\n{BARE}\n"  # noqa: DTZ011 the date on this machine
    )
    print(f"one write kept by this disk (fsync): {fsync(instance):.1f} ms\n")
    if only in writing.SHOWN:
        return writing.SHOWN[only](instance, url, engine)
    if only != "pages":
        _walls(instance, url, plan, rounds)
    if only != "walls":
        _all_pages(instance, url, plan, growing, sizes, rounds)
    engine.dispose()
    return None


def _all_pages(instance: Path, url: str, plan: str, growing: GrowingDistrict, sizes: list[int], rounds: int) -> None:
    engine = growing.engine
    with running(instance, url) as server:
        cast = Cast(server, plan)
        for size in sizes:
            growing.grow(size)
            print(f"{HEAD}\n{size:,} plans")
            _pages(cast, rounds)
            print()
        _visits(cast)
        _bare_forty(cast, rounds)
        print(f"memory of the worker: {server.memory():.0f} MB\n")
        _together(cast, engine, "one worker")
    with running(instance, url, workers=2) as server:
        _together(Cast(server, plan), engine, "two workers")


def _walls(instance: Path, url: str, plan: str, rounds: int) -> None:
    """Whether hidden and missing can be told apart, and what the walls cost on the page of a session."""
    held = sessions.hold(instance, url, plan)
    with running(instance, url) as server, running(instance, url, program="tests.bench.unwalled") as unwalled:
        stranger = Visitor(server.port).sign_in(held.stranger)
        found = apart.hidden_and_missing(stranger, held.public_ids)
        print(f"a stranger asks {apart.EACH:,} times each for sessions that are hidden and for some that do not exist:")
        for title, times in (("hidden", found.hidden), ("missing", found.missing)):
            print(f"  {title:10} median {times.median:6.2f} ms   p95 {times.p95:6.2f}   p99 {times.p99:6.2f}")
        print(f"  AUC {found.auc:.3f}   status, size and headers {'alike' if found.alike else 'DIFFERENT'}\n")
        _cost(server, unwalled, held.page, 3 * rounds)


def _cost(server: Server, unwalled: Server, page: str, rounds: int) -> None:
    """A page of a session from both servers in turns: by the clock, and by the processor time that it takes."""
    walled, free = (Visitor(one.port).sign_in(district.COACH) for one in (server, unwalled))
    print(
        f"the page of a session, with the walls and without (tests/bench/unwalled.py); load {os.getloadavg()[0]:.1f}:"
    )
    clock = in_turns(lambda: walled.get(page).seconds, lambda: free.get(page).seconds, rounds)
    processor = in_turns(_taking(server, walled, page), _taking(unwalled, free, page), rounds)
    for what, found in (("by the clock", clock), ("processor time", processor)):
        for title, times in (("walls", found.site), ("no walls", found.bare)):
            print(f"  {what:15} {title:9} median {times.median:6.2f} ms   p95 {times.p95:6.2f}")
        cost, at_95 = found.site.median - found.bare.median, found.site.p95 - found.bare.p95
        print(f"  they cost {cost:.2f} ms at the median, {at_95:.2f} ms at the 95th percentile")
    print()


def _taking(server: Server, visitor: Visitor, page: str) -> Callable[[], float]:
    def take() -> float:
        began = server.processor_time()
        visitor.get(page)
        return server.processor_time() - began

    return take


def _demo_school(instance: Path, url: str) -> Engine:
    shutil.copy(KEY_RING, instance / "key_ring.json")
    app = create_app({"SECRET_KEY": "bench", "DATABASE_URL": url}, instance=instance)
    (instance / "secret_key").write_text("only for measuring")
    with app.app_context():
        migrations.upgrade(database.engine())
        demo.fill()
        database.engine().dispose()
    return create_engine(url)


class Cast:
    """The people who ask for pages, and the bare page."""

    def __init__(self, server: Server, plan: str) -> None:
        self.bare = Visitor(server.port)
        self.coach = Visitor(server.port).sign_in(district.COACH)
        self.principal = Visitor(server.port).sign_in(district.PRINCIPAL)
        self.champion = Visitor(server.port).sign_in(district.CHAMPION)
        self.plan = plan

    def saving(self, prompt: str) -> Callable[[], float]:
        """Save another text at this prompt each time."""
        version, number = version_of(self.coach.get(f"/plans/{self.plan}/write").text, prompt), count()

        def save() -> float:
            nonlocal version
            text = f"By spring, most of our students explain their reasoning in writing ({next(number)}). " * 5
            path = f"/plans/{self.plan}/answers/{prompt}"
            got = self.coach.post(path, **{f"v.{prompt}": version, prompt: text, "page": "bench"})
            version = version_of(got.text, prompt)
            return got.seconds

        return save


def _pages(cast: Cast, rounds: int) -> None:
    plan = f"/plans/{cast.plan}/write"
    _page("plan page, to write", cast.coach, plan, cast, rounds)
    _save("save in a part being written", WRITING, cast, rounds)
    _save("save in an approved part", APPROVED, cast, rounds)
    for title, visitor, path in (
        ("home of a coach", cast.coach, "/"),
        ("home of a principal", cast.principal, "/"),
        ("list of a coach (8 plans)", cast.coach, "/plans/"),
        ("list of a principal (24 plans)", cast.principal, "/plans/"),
        ("list of a champion (all plans)", cast.champion, "/plans/?of=schools"),
        ("the champion’s page 4", cast.champion, "/plans/?of=schools&page=3"),
    ):
        _page(title, visitor, path, cast, rounds)


def _page(title: str, visitor: Visitor, path: str, cast: Cast, rounds: int) -> None:
    size = len(visitor.get(path).text.encode())
    bare = f"/bare/{size}"
    _row(title, size, lambda: visitor.get(path).seconds, lambda: cast.bare.get(bare).seconds, rounds)


def _save(title: str, prompt: str, cast: Cast, rounds: int) -> None:
    save = cast.saving(prompt)
    size = 280
    form = {"text": "By spring, most of our students explain their reasoning in writing. " * 6, "page": "bench"}
    _row(title, size, save, lambda: cast.bare.post(f"/bare/{size}", **form).seconds, rounds)


def _row(title: str, size: int, site: Callable[[], float], bare: Callable[[], float], rounds: int) -> None:
    found = in_turns(site, bare, rounds)
    ours, theirs = found.site, found.bare
    print(
        f"  {title:36}{ours.median:7.1f}{ours.p95:7.1f}{size / 1000:7.1f}{theirs.median:9.1f}{theirs.p95:7.1f}{found.ratio:8.1f}"
        f"{found.undisturbed:8.1f}",
        flush=True,
    )


def _bare_forty(cast: Cast, rounds: int) -> None:
    """The same plan page and save beside a bare page of 40 KB, whatever their own size."""
    bare = lambda: cast.bare.get("/bare/40000").seconds  # noqa: E731
    page = in_turns(lambda: cast.coach.get(f"/plans/{cast.plan}/write").seconds, bare, rounds)
    save = in_turns(cast.saving(WRITING), bare, rounds)
    print(
        f"beside a bare page of 40 KB ({page.bare.median:.1f} ms): the plan page {page.ratio:.1f}, a save {save.ratio:.1f}; "
        f"quiet {page.undisturbed:.1f} and {save.undisturbed:.1f}\n"
    )


def _visits(cast: Cast) -> None:
    page = cast.coach.get(f"/plans/{cast.plan}/write")
    files = [cast.coach.get(path) for path in sorted(set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)))]
    first = [page, *files]
    again = [page] + [file for file in files if "immutable" not in file.headers.get("Cache-Control", "")]
    for when, got in (("first", first), ("next", again)):
        total = sum(one.on_the_wire for one in got)
        print(f"{when} visit of the plan page: {len(got)} requests, {total / 1000:.1f} KB over the wire, compressed")
    print()


def _together(cast: Cast, engine: Engine, title: str) -> None:
    found = at_once(cast.coach, cast.plan, engine, seconds=15)
    print(f"{title}, {found.saved} saves and {found.read} plan pages in 15 s:")
    for what, times in (("saves", found.saves), ("pages", found.pages)):
        print(f"  {what}  median {times.median:6.1f} ms   p95 {times.p95:6.1f}   p99 {times.p99:6.1f}")
    print(f"  failed {len(found.failed)}, lost {found.lost}", *found.failed[:3], sep="\n    ")


if __name__ == "__main__":
    main()
