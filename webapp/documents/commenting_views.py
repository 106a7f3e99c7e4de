"""Comments beside the writing: leaving one, answering, resolving. Without JavaScript each button saves the whole page."""

from flask import Blueprint, abort, flash, redirect, request
from markupsafe import Markup

from ..access import Opened
from . import commented, comments
from .answering_views import Answer, Guard, Writing, back, is_shown
from .commented import part_of
from .written import Written


class Commenting(Writing):
    """The views with which one kind of record is written and commented on."""

    def look_over(self, opened: Opened, sent: Written) -> None:
        """Read the comments that the page sent, with what is wrong with them."""
        sent.comments = commented.read(opened, request.form, sent)

    def keep_beside(self, opened: Opened, sent: Written) -> None:
        """Keep the comments that the page sent."""
        for comment in sent.comments:
            comments.keep(opened, comment)
        if any(comment.reopens for comment in sent.comments) and not request.htmx:  # type: ignore[attr-defined]
            flash("Somebody had marked a comment that you answered as done. Your answer has opened it again.")

    def comment(self, opened: Opened, section: str) -> Answer:
        """Leave a comment on a section, or an answer to one."""
        opened.demand("comment", part_of(opened, section))
        if request.htmx:  # type: ignore[attr-defined]
            return self._in_place(opened, section) or self._as_it_is(opened, section)
        return self.saved_page(opened) or _to(opened, section)

    def resolve_comment(self, opened: Opened, section: str, comment_id: str, how: str) -> Answer:
        """Mark a comment as done with the answers to it, or open it again."""
        opened.demand("comment", part_of(opened, section))
        in_place = request.htmx  # type: ignore[attr-defined]
        if problem := self._in_place(opened, section) if in_place else self.saved_page(opened):
            return problem
        if how not in ("done", "open") or not comments.resolve(opened, section, comment_id, resolved=how == "done"):
            abort(404)
        return self._as_it_is(opened, section) if in_place else _to(opened, section)

    def _in_place(self, opened: Opened, section: str) -> Answer | None:
        """Keep what was typed in the comments of one section; None if all went well."""
        sent = Written()
        self.look_over(opened, sent)
        if sent.mistakes:
            return self._section(opened, section, sent), 422
        self.keep_beside(opened, sent)
        return None

    def _as_it_is(self, opened: Opened, section: str) -> Markup:
        """With what others have said."""
        is_shown(opened)
        return self._section(opened, section)

    def _section(self, opened: Opened, section: str, sent: Written | None = None) -> Markup:
        part, declared = opened.form.section(section)
        return self.page_class(opened, written=sent).thread(part, declared)


def _to(opened: Opened, section: str) -> Answer:
    """Back to the section on the page that this came from."""
    if request.form.get("from") == part_of(opened, section):
        return redirect(f"{opened.address}/{request.form['from']}/check#s-{section}", 303)
    return back(opened, to=f"s-{section}")


ROUTES = (("comments/<section>", "comment"), ("comments/<section>/<comment_id>/<how>", "resolve_comment"))


def hang_comments_on(bp: Blueprint, guard: Guard, views: Commenting) -> None:
    """Put the addresses of comments on a blueprint, below /<public_id>."""
    for address, name in ROUTES:
        bp.add_url_rule(f"/<public_id>/{address}", name, guard("read")(getattr(views, name)), methods=["POST"])
