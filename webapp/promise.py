"""What each kind of person can and cannot get here, each sentence with the tests that show it.

The page /promise and docs/promise.md both say what stands here; tests/test_promise.py keeps them in step and checks
that every test that is named exists. To write the section of docs/promise.md anew:
python -c "from webapp import promise; print(promise.as_markdown())"
"""

from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class Promise:
    """One sentence about one kind of person: what they can get, or cannot. `tests`: file::name."""

    who: str
    can: bool
    sentence: str
    tests: tuple[str, ...]


RIGHTS = ("tests/test_access.py::test_every_right", "tests/test_access.py::test_every_refusal")
REFUSED = (
    "tests/test_access.py::test_every_refusal",
    "tests/test_leaks.py::test_whoever_reads_some_of_it_finds_that_and_no_more",
)
STRANGERS = (
    "tests/test_leaks.py::test_no_stranger_finds_anything",
    "tests/test_leaks.py::test_a_plan_that_is_hidden_answers_like_one_that_is_not_there",
)
WORLDS = ("tests/test_two_worlds.py::test_both_worlds_look_the_same",)
WALLS = ("tests/test_walls.py::test_no_way_leads_a_stranger_to_a_confidential_row",)
MODEL = ("tests/test_rule_model.py::test_the_rule_agrees_with_a_model_of_it",)
REVOKED = ("tests/test_revocation.py::test_nothing_written_after_revocation_is_delivered",)
LATER = ("tests/test_firewall.py::test_a_relation_that_comes_up_later_ends_access_at_once",)
DISK = ("tests/test_keys.py::test_nothing_readable_lies_on_the_disk",)
KEYS = ("tests/test_keys.py::test_the_site_refuses_to_start_without_its_keys",)
SEALED = ("tests/test_keys.py::test_an_account_reset_by_an_administrator_is_sealed",)
LOG = ("tests/test_access_log.py::test_a_changed_deleted_or_cut_log_is_found",)
NOTED = ("tests/test_access_log.py::test_a_log_cut_together_with_what_everybody_saw_is_found_by_a_noted_code",)
TICKS = (
    "tests/test_session_pages.py::test_ticks_written_past_the_site_tell_nobody_anything",
    "tests/test_session_pages.py::test_a_notice_written_past_the_site_is_not_shown",
)
PUT_BACK = ("tests/test_keys.py::test_an_older_text_put_back_is_not_taken_for_the_newest",)
NO_TRACE = ("tests/test_releases.py::test_a_refusal_leaves_no_trace",)
RELEASED = (
    "tests/test_releases.py::test_any_change_makes_every_consent_void",
    "tests/test_releases.py::test_it_can_be_read_on_its_last_day_and_not_after",
    "tests/test_releases.py::test_any_member_takes_it_back_at_once_and_alone",
)
LEFT = ("tests/browser/test_left_behind.py::test_nothing_is_left_after_signing_out",)
ERRORS = ("tests/test_forced_errors.py::test_no_log_or_page_holds_a_word",)
ENDS = (
    "tests/test_agreement.py::test_either_takes_a_tick_back_at_once",
    "tests/test_agreement.py::test_either_ends_it_at_once_and_the_other_is_told",
)
PAIRS = (
    "tests/test_agreement.py::test_nobody_else_can_open_it",
    "tests/test_agreement.py::test_no_list_page_or_count_of_others_changes",
)
LISTED = ("tests/test_who_can_see.py::test_the_page_says_what_everybody_gets",)
AS_PRINCIPAL = ("tests/test_who_can_see.py::test_the_circle_sees_what_the_principal_sees_and_no_more",)


def _can(sentence: str, *tests: str) -> tuple[bool, str, tuple[str, ...]]:
    return True, sentence, tests


def _cannot(sentence: str, *tests: str) -> tuple[bool, str, tuple[str, ...]]:
    return False, sentence, tests


SAID = {
    "The coach of a plan": [
        _can("Reads everything in the plan and writes in every part of it.", *RIGHTS),
        _can("Reads and writes the coaching sessions they were part of, together with the teachers who were.", *MODEL),
        _can(
            "Sees by name who can read the plan and each part of it, and what exactly the principal has of it.",
            *LISTED,
            *AS_PRINCIPAL,
        ),
        _can(
            "Sees who opened, printed or exported a session, and finds out if a line of that log was changed, taken out "
            "or put in, and if its end was cut off after somebody in the session saw it or noted its code.",
            *LOG,
            *NOTED,
        ),
        _cannot("Does not get the private notes of a teacher.", *WALLS, *MODEL),
    ],
    "A collaborating teacher": [
        _can("Reads everything in the plan, and writes Part 2, the norms and the progress.", *RIGHTS),
        _can("Reads and writes the coaching sessions they were part of.", *MODEL),
        _can(
            "Can take back Part 2 after it was shared; it is hidden from the principal again at once.",
            "tests/test_signoff.py::test_part_2_taken_back_is_hidden_again",
        ),
        _can(
            "Can say no to a page of progress. It then reaches nobody, and the principal cannot find out "
            "that anybody was asked.",
            *NO_TRACE,
        ),
        _can(
            "Can take back, alone and at once, whatever the coaching agreement allows to be said to others, and can "
            "end it without a reason.",
            *ENDS,
        ),
        _cannot("Does not get the private notes of the coach.", *WALLS, *MODEL),
    ],
    "The other teachers of a plan": [
        _can("Read the plan, if they have said that they take part.", *RIGHTS),
        _can("Read Part 1, and nothing else, while they are asked and have not answered.", *REFUSED),
        _cannot(
            "Do not get a coaching session that they were not part of, and do not learn that it took place.",
            *WORLDS,
            *MODEL,
        ),
        _cannot(
            "Do not get the coaching agreement of the coach with somebody else, and do not learn that there is one.",
            *PAIRS,
        ),
    ],
    "The principal of a plan": [
        _can("Reads Part 1 with its earlier wordings, comments on it, and writes in it with the coach.", *RIGHTS),
        _can("Reads Part 2 while the circle shares it, and the norms that everyone in the circle agreed to.", *REFUSED),
        _can(
            "Reads a page of progress if every member agreed to that very page, until it ends or one "
            "member takes it back.",
            *RELEASED,
        ),
        _cannot(
            "Gets neither Part 2 before it is shared, nor earlier wordings of it, nor what the circle said "
            "among itself.",
            *REFUSED,
        ),
        _cannot(
            "Is not told or offered a comment that the circle keeps to itself, nor an answer to one, and none of them is counted.",
            "tests/test_comments.py::test_what_is_answered_within_the_circle_stays_there",
            "tests/test_comments.py::test_a_thread_of_the_circle_offers_the_circle_only",
            "tests/test_comments.py::test_open_comments_are_counted_for_those_who_may_read_them",
        ),
        _cannot(
            "Does not see who is writing, nor hear that something changes, where they may not look back.",
            "tests/test_presence.py::test_who_is_told_of_whom",
            "tests/test_open_pages.py::test_strangers_former_members_and_evaluators_cannot_tell_whether_there_is_anything",
        ),
        _cannot(
            "Gets no progress, no coaching session and no private notes, and cannot find out whether there "
            "are any sessions.",
            *REFUSED,
            *WORLDS,
        ),
        _cannot("Does not get a coaching agreement, and does not learn that there is one.", *PAIRS),
    ],
    "An assigned evaluator, such as a department head": [
        _cannot(
            "Cannot join the circle of somebody whom they evaluate, or be asked to.",
            "tests/test_firewall.py::test_asking_someone",
        ),
        _cannot(
            "Gets no plan, session or note for evaluating somebody, and does not learn that there is one. "
            "(The principal of a plan evaluates the staff, too, and reads what principals read, above.)",
            *STRANGERS,
            *WORLDS,
        ),
    ],
    "A coach champion": [
        _can(
            "Reads Part 1 of the plans at the schools they support, and Part 2 and the norms as the principal does.",
            *REFUSED,
        ),
        _cannot(
            "Gets no comments, no earlier wordings, no progress, no coaching sessions and no private notes.",
            *REFUSED,
            *WORLDS,
        ),
        _cannot(
            "Does not read Part 2 or the norms of somebody whom they evaluate.",
            "tests/test_firewall.py::test_a_department_head_who_is_the_champion_of_the_school_reads_part_1_only",
        ),
    ],
    "An administrator": [
        _can(
            "Keeps accounts, schools and roles, and sees how many plans a school has.",
            "tests/test_administration.py::test_of_plans_the_administrator_sees_only_how_many",
        ),
        _cannot(
            "Reads no plan, no coaching session and no note. There is no way to use the site as somebody else.",
            "tests/test_leaks.py::test_a_stranger_finds_nothing",
            *WORLDS,
        ),
        _cannot(
            "Does not get into a colleague’s coaching sessions by setting a new password or another e-mail "
            "address. The account is then sealed for them, until another member of the circle confirms in "
            "person whose it is.",
            *SEALED,
        ),
        _can(
            "Could get at plans and agreements that way, which are not sealed, or by giving a role to themselves. Choose "
            "administrators accordingly.",
            "tests/test_administration.py::test_a_name_and_an_email_are_changed",
        ),
    ],
    "A colleague with no part in it": [
        _cannot(
            "Gets nothing, and does not learn that a plan or a session exists. What is hidden answers like "
            "what was never there.",
            *STRANGERS,
            *WORLDS,
        ),
    ],
    "Somebody who has left the plan": [
        _cannot("Reads nothing of the plan any more, not even what they wrote.", *STRANGERS),
        _cannot("Does not get sessions that take place after they left.", *MODEL, *WORLDS),
    ],
    "Somebody who has left the school": [
        _can("Keeps what they took part in for as long as their account is open.", *RIGHTS),
        _cannot(
            "Gets nothing once an administrator has closed the account, from that moment on.",
            "tests/test_sign_in.py::test_closing_an_account_ends_its_sign_ins_at_once",
        ),
    ],
    "Somebody who becomes an evaluator later": [
        _cannot(
            "Gets nothing of the circle from that moment on: nothing old or new, not their own words, and "
            "nothing in pages that are open already.",
            *LATER,
            *REVOKED,
        ),
        _cannot(
            "Does not get it back when they stop evaluating. Only an entry made by mistake can be undone: for"
            " coaching sessions by an administrator together with every other member of the circle.",
            *MODEL,
        ),
        _can("Leaves what they wrote with the others in the circle, who are told.", *REVOKED),
    ],
    "IT staff with the SQL console": [
        _cannot(
            "Cannot read a coaching session, a private note or a page of progress. Each answer is encrypted "
            "(AES-256-GCM) with a key of its circle, and that key is wrapped for each member and bound to the"
            " member’s password.",
            *DISK,
        ),
        _cannot(
            "Cannot make themselves a member by copying rows, keys or passwords from one place to another.", *SEALED
        ),
        _cannot(
            "Cannot change a line of the access log, take one out of it or put one in without being found out.", *LOG
        ),
        _can(
            "Can cut off the last lines of an access log, together with what the database keeps of who saw them. Whoever "
            "noted the code of a later line finds out; nobody else does. So note the code now and then.",
            *NOTED,
        ),
        _cannot("Cannot have anything told about coaching sessions that a coaching agreement does not allow.", *TICKS),
        _can(
            "Can put rows back as they once were, if they kept a copy: an older text of a session together with its "
            "history, or a tick that two people had signed and took back later. They can also delete rows. An older "
            "text without its history is found out and not shown.",
            *PUT_BACK,
        ),
        _can(
            "Can read the plans: Part 1, Part 2, norms, progress, comments and names are not encrypted.",
            "tests/test_writing.py::test_a_save_is_kept_and_says_so",
        ),
        _can("Can see that coaching sessions exist, between which accounts, and when they were written.", *DISK),
        _cannot(
            "Cannot see in the tables who is at work where, nor with whom, while pages are open.",
            "tests/test_presence.py::test_the_tables_do_not_tell_who_is_where",
        ),
    ],
    "IT staff with root on the server": [
        _cannot("Do not find a word of a coaching session in files, logs, error messages or e-mails.", *DISK, *ERRORS),
        _can(
            "Can read everything while the site runs. Whoever controls the machine can read its memory and "
            "its master keys, or change the site. Nothing we could write would stop that.",
            *KEYS,
        ),
    ],
    "Whoever finds a stolen backup": [
        _cannot(
            "Cannot read a coaching session, a private note or a page of progress. The master keys lie in a file of "
            "their own, outside the database and outside its backups.",
            *DISK,
            *KEYS,
        ),
        _can(
            "Can read the plans and everybody’s name and e-mail address, but finds no password and no open "
            "sign-in to use. Keep backups locked away.",
            "tests/test_sign_in.py::test_the_token_itself_is_nowhere_in_the_database",
        ),
    ],
    "Whoever finds a browser that was left open": [
        _can(
            "Sees what its owner could see, until an hour without activity, or twelve hours, are over.",
            "tests/test_sign_in.py::test_an_hour_without_activity_ends_it",
            "tests/test_sign_in.py::test_twelve_hours_end_it_whatever_is_done",
        ),
        _cannot("Finds nothing after the owner has signed out, not even with the Back button.", *LEFT),
        _cannot(
            "Cannot read the words of coaching sessions that wait in it to be sent: they are closed with a key that the site "
            "hands out to the same sign-in only, and to nobody who was shut out.",
            "tests/browser/test_never_lost.py::test_a_browser_that_crashed_keeps_them_unreadable",
            "tests/test_waiting_words.py::test_after_signing_out_nobody_gets_it",
            "tests/test_waiting_words.py::test_a_sealed_account_and_one_that_left_get_none",
        ),
        _can(
            "Can be shut out from elsewhere: “My account” lists where you are signed in and ends it there.",
            "tests/test_accounts.py::test_i_see_where_i_am_signed_in_and_can_end_one_or_all_others",
        ),
    ],
    "Anybody with a photo, a print-out or a good memory": [
        _can(
            "Has what was on the screen or on the paper. A print-out says whose copy it is and who printed "
            "it; it cannot be called back.",
            "tests/test_print.py::test_each_copy_holds_what_its_reader_may_read",
            "tests/test_print.py::test_every_answer_is_on_paper_and_in_the_pdf",
        ),
        _cannot(
            "Finds no word of a plan in our e-mails or file names.",
            "tests/test_mail.py::test_a_notice_says_that_something_waits_and_where_but_not_what",
            "tests/test_print.py::test_the_pdf_is_tagged_and_its_names_tell_nothing",
        ),
    ],
}

PROMISES = [Promise(who, *said) for who, sentences in SAID.items() for said in sentences]


def by_who() -> list[tuple[str, list[Promise]]]:
    """The sentences by whom they are about, what someone can get before what they cannot."""
    return [
        (who, sorted(said, key=lambda one: not one.can)) for who, said in groupby(PROMISES, key=lambda one: one.who)
    ]


def as_markdown() -> str:
    """The same for docs/promise.md."""
    blocks = []
    for who, said in by_who():
        lines = [f"- {'' if one.can else '**not:** '}{one.sentence} {_shown_by(one)}" for one in said]
        blocks.append("\n".join([f"### {who}", "", *lines]))
    return "\n\n".join(blocks)


def _shown_by(one: Promise) -> str:
    named = ", ".join("`" + test.removeprefix("tests/") + "`" for test in one.tests)
    return f"({named})"
