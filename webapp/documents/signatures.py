"""The end of a document on paper: who approved, reviewed and agreed to which version and when, or a line to sign on."""

from dataclasses import dataclass, field

from ..forms.declaration import DocumentForm, Part, RoleInForm, SignOff
from ..web import exactly
from .models import PartState
from .signoff import Decided
from .writing_page import WritingPage

DID = {"approved": "Approved", "reviewed": "Reviewed", "agreed": "Agreed to", "signed": "Signed"}
EMPTY_LINES = 3  # on the blank form, for a role that many may have


@dataclass(frozen=True)
class Signature:
    """One line: who does what; `said`: when, and to which text. Without it, a line to sign on."""

    what: str
    name: str
    role: str
    said: str = ""


@dataclass(frozen=True)
class Signatures:
    """What is signed (or to sign) about one part; `earlier`: what was decided about earlier texts."""

    title: str
    stands: str
    lines: list[Signature]
    earlier: list[str] = field(default_factory=list)


def short(content_hash: str) -> str:
    """The first eight digits of a content hash: enough to compare two sheets of paper."""
    return f"{content_hash[:4]} {content_hash[4:8]}"


def stands(page: WritingPage, part: type[Part]) -> str:
    """Which text this is and where it stands: state, version, content, last change."""
    if part.sign_off not in (SignOff.APPROVAL, SignOff.REVIEW, SignOff.SIGNATURES):
        return ""
    here = page.opened.parts[part.key]
    return (
        f"{page.stands_at(part)[0]} · version {here.version} · content {short(page.fingerprint(part))} · "
        f"last changed {exactly(here.changed_at)}"
    )


def of_part(page: WritingPage, part: type[Part]) -> Signatures | None:
    """The signatures of one part; None where nothing is signed."""
    decided = page.decisions(part)
    holding = [one for one in decided if _holds(page, part, one)]
    if part.sign_off is SignOff.APPROVAL:
        lines = _sent(page, holding) + _by_principal(page, holding, "approved")
    elif part.sign_off is SignOff.REVIEW:
        lines = _by_principal(page, holding, "reviewed") + _agreed(page, holding)
    elif part.sign_off is SignOff.SIGNATURES:
        lines = _signed(page, holding)
    else:
        return None
    return Signatures(part.short_title, stands(page, part), lines, _earlier(page, part, decided, holding))


def _holds(page: WritingPage, part: type[Part], decided: Decided) -> bool:
    """Whether a decision speaks of the text on this paper."""
    here = page.opened.parts[part.key]
    if decided.kind == "approved" and here.state != PartState.APPROVED:
        return False
    if decided.kind == "signed":
        return decided.part_version == here.version
    return decided.content_hash == page.fingerprint(part)


def _sent(page: WritingPage, holding: list[Decided]) -> list[Signature]:
    leads = [role for role, declared in page.form.roles.items() if declared.leads]
    return [line for role in leads for line in _by_role(page, holding, "submitted", "Sent by", role)]


def _by_principal(page: WritingPage, holding: list[Decided], kind: str) -> list[Signature]:
    return _by_role(page, holding, kind, f"{DID[kind]} by", "principal")


def _by_role(page: WritingPage, holding: list[Decided], kind: str, what: str, role: str) -> list[Signature]:
    title = page.form.roles[role].title
    done = next((one for one in holding if one.kind == kind), None)
    if done:
        return [Signature(what, done.name, title, _when(done))]
    return [Signature(what, one.name, title) for one in page.in_role(role)]


def _agreed(page: WritingPage, holding: list[Decided]) -> list[Signature]:
    done = {one.person_id: _when(one) for one in reversed(holding) if one.kind == "agreed"}
    return [
        Signature("Agreed to by", one.name, page.form.roles[one.role].title, done.get(one.person_id or 0, ""))
        for one in page.people
        if one.in_circle and not one.asked
    ]


def _signed(page: WritingPage, holding: list[Decided]) -> list[Signature]:
    """Each member's signature, or a line for it."""
    done = {one.person_id: one for one in holding if one.kind == "signed"}
    lines = []
    for one in page.circle():
        signed = done.get(one.person_id or 0)
        said = f"as “{signed.signed_as}” on {_when(signed)}" if signed else ""
        lines.append(Signature("Signed by", one.name, page.form.roles[one.role].title, said))
    return lines


def _when(decided: Decided) -> str:
    return f"{exactly(decided.at)} · version {decided.part_version} · content {short(decided.content_hash)}"


def _earlier(page: WritingPage, part: type[Part], decided: list[Decided], holding: list[Decided]) -> list[str]:
    """Decisions about earlier texts, newest first, each text once a person."""
    said = []
    seen = {(one.kind, one.person_id, one.content_hash) for one in holding}
    said += [f"Ended by {one.name} on {exactly(one.at)}" for one in decided if one.kind == "ended"]
    for one in decided:
        key = (one.kind, one.person_id, one.content_hash)
        if one.kind in DID and key not in seen:
            seen.add(key)
            changed = "; changed since" if one.content_hash != page.fingerprint(part) else ""
            said.append(
                f"{DID[one.kind]} version {one.part_version} (content {short(one.content_hash)}) by {one.name} on "
                f"{exactly(one.at)}{changed}"
            )
    if decided and decided[0].kind == "returned" and page.opened.parts[part.key].state == PartState.RETURNED:
        said.insert(
            0, f"Sent back at version {decided[0].part_version} by {decided[0].name} on {exactly(decided[0].at)}"
        )
    return said


# ---------------------------------------------------------------- blank


def blank(form: type[DocumentForm], part: type[Part]) -> Signatures | None:
    """Lines to sign a part by hand; None where nothing is signed."""
    principal = [role for key, role in form.roles.items() if key == "principal"]
    leads = [role for role in form.roles.values() if role.leads]
    circle = [role for role in form.roles.values() if role.in_circle]
    if part.sign_off is SignOff.APPROVAL:
        lines = _to_sign("Sent by", leads) + _to_sign("Approved by", principal)
    elif part.sign_off is SignOff.REVIEW:
        lines = _to_sign("Reviewed by", principal) + _to_sign("Agreed to by", circle)
    elif part.sign_off is SignOff.ROW_BY_ROW:
        lines = _to_sign("Agreed to by", circle)
    elif part.sign_off is SignOff.SIGNATURES:
        lines = _to_sign("Signed by", circle)
    else:
        return None
    return Signatures(part.short_title, "", lines)


def _to_sign(what: str, roles: list[RoleInForm]) -> list[Signature]:
    return [Signature(what, "", role.title) for role in roles for _ in range(EMPTY_LINES if role.many else 1)]
