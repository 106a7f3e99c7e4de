"""The record of one coaching session: what was planned, seen, said, and what comes next."""

from .declaration import DocumentForm, Level, Part, Section
from .kinds import Choice, Date, Line, Row, RowOf, Rows, Text
from .session_kinds import Member, Minutes, Tick, Time

DO_NOT_JUDGE = "Describe what you saw and heard. Do not judge."


class Occasion(Section):
    """Which kind of session, when and where."""

    key = "occasion"
    title = "When and where"
    intro = "A few facts, so that you can find this session again."
    session_kind = Choice(
        "What kind of session is it?",
        [
            ("planning", "Planning", "You plan lessons together."),
            ("modelling", "Modeling", "The coach teaches and the teacher watches."),
            ("co_teaching", "Co-teaching", "You teach together."),
            ("observation", "Observation", "The coach visits the teacher’s class."),
            ("debrief", "Debrief", "You talk about a lesson that has taken place."),
            ("reflective", "Reflective conversation", "You step back and think about your teaching."),
            ("other", "Other", "Anything else."),
        ],
        hint="Choose what comes closest.",
    )
    session_date = Date("Date", hint="The day of the session.")
    start = Time("Start", hint="For example, 9:05 or 2:30 pm.")
    minutes = Minutes("How many minutes?", hint="As planned, or as it turned out.")
    place = Line("Place", hint="Where you meet.", example="Room 114, or a video call")


class Focus(Section):
    """What the session is about."""

    key = "focus"
    title = "Focus and agenda"
    intro = "Decide together what this session is about, before you begin."
    focus = Text(
        "What do you want to work on?",
        hint="One thing is enough. It should help you reach your coaching goal.",
        example="Questions that make students explain their thinking",
    )
    agenda = Text(
        "What is your agenda?",
        hint="One line for each point. Say how long it may take.",
        example="5 minutes: how did the last step go?\n20 minutes: look at six student reports\n10 minutes: next step",
        optional=True,
    )


class SharedNotes(Section):
    """Notes that everybody at the session writes together."""

    key = "shared_notes"
    title = "Shared notes"
    intro = "All of you can write here at the same time."
    shared_notes = Text(
        "What do you want to remember?",
        hint="Ideas, decisions, and questions. Do not write the names of students.",
        example="We try think-pair-share with the second question. Open question: how long do pairs need?",
        optional=True,
    )


class LookFor(Row):
    """One thing to look for in a lesson."""

    look_for = Line("Look-for", hint="One thing that can be seen or heard.")


class EvidenceLine(Row):
    """What was seen and heard at one moment."""

    at = Time("Time", hint="Filled in for you. You can change it.", prefill="now")
    seen = Text("What I saw and heard", hint=DO_NOT_JUDGE)
    belongs_to = RowOf("Look-for", "look_fors", hint="Which look-for it belongs to, if any.", optional=True)


class DebriefQuestion(Row):
    """One question to ask afterwards."""

    debrief_question = Text("Question", hint="An open question, not advice.")


class Observation(Section):
    """What was agreed before a visit to a class, what was seen there, and what to ask afterwards."""

    key = "observation"
    title = "Observation"
    intro = "For a visit to a class. Leave it empty if there is none. " + DO_NOT_JUDGE
    look_fors = Rows(
        "What have you agreed to look for?",
        LookFor,
        one="look-for",
        ordered=True,
        hint="Agree before the lesson: two or three are enough. " + DO_NOT_JUDGE,
        example="Students explain to each other how they found an answer",
        optional=True,
    )
    evidence = Rows(
        "What did you see and hear?",
        EvidenceLine,
        one="evidence line",
        hint=DO_NOT_JUDGE + " Write what people said and did, with the time. No names of students.",
        example="10:42 · Four of six pairs compare their graphs. One student says, “Yours is steeper because …”",
        optional=True,
    )
    debrief_questions = Rows(
        "Which questions do you want to ask in the debrief?",
        DebriefQuestion,
        one="question",
        ordered=True,
        hint=DO_NOT_JUDGE + " Ask questions that help the teacher think.",
        example="What did you notice when the pairs compared their graphs?",
        optional=True,
    )


class Debrief(Section):
    """Looking back together."""

    key = "debrief"
    title = "Looking back"
    intro = "The teacher speaks first. The coach listens and asks."
    teacher_noticed = Text(
        "What did the teacher notice?",
        hint="In the teacher’s own words.",
        example="The quiet students talked when they were in pairs. I gave them too little time.",
        optional=True,
    )
    we_take = Text(
        "What do you take from it?",
        hint="What you have learned, all of you.",
        example="Two more minutes for pairs make a difference. We try it in the next unit, too.",
        optional=True,
    )


class ActionStep(Row):
    """Who does what by when."""

    step = Text("What", hint="One step, small enough to be done by then.")
    who = Member("Who", hint="One of you.")
    by_when = Date("By when", hint="The day it should be done.")
    done = Tick("Done", hint="Tick it when it is done.")


class ActionSteps(Section):
    """What happens until the next session."""

    key = "action_steps"
    title = "Action steps"
    intro = "Each of you sees your own open steps on Today."
    action_steps = Rows(
        "What will you do next?",
        ActionStep,
        one="action step",
        ordered=True,
        hint="One step in each row.",
        example="Bring three student reports · Ana · November 30",
        optional=True,
    )


class BookedMinutes(Row):
    """Minutes of one coaching action."""

    action = Choice(
        "Coaching action",
        [
            ("planning", "Planning with a teacher"),
            ("modelling", "Modeling"),
            ("co_teaching", "Co-teaching"),
            ("observing", "Observing"),
            ("debriefing", "Debriefing"),
            ("data_work", "Data work"),
            ("professional_learning", "Professional learning"),
            ("coaching_of_coaches", "Coaching of coaches"),
            ("other", "Other"),
        ],
        hint="What the coach did.",
    )
    spent = Minutes("Minutes", hint="How long it took, such as 45.")


class CoachTime(Section):
    """How the coach's minutes were spent."""

    key = "coach_time"
    title = "Time"
    intro = "“My coaching time” adds these minutes up. Only the coach sees it; it names no teacher and no session."
    booked = Rows(
        "How was the coach’s time spent?",
        BookedMinutes,
        one="entry",
        hint="One row for each coaching action. Count the time before and after the session, too.",
        example="Planning with a teacher · 30",
        optional=True,
    )


class NextSession(Section):
    """When you meet again."""

    key = "next_session"
    title = "Next session"
    intro = "Agree on it now, while you are together."
    next_date = Date("Date of the next session", hint="Leave it empty if you do not know yet.", optional=True)
    next_start = Time("Start of the next session", hint="For example, 9:05 or 2:30 pm.", optional=True)


class SessionPart(Part):
    """All of the record."""

    key = "session"
    title = "Coaching session"
    short_title = "Session"
    intro = "Only the people who take part in this session can read it. Nobody who evaluates one of you ever can."
    level = Level.SESSION
    sections = (Occasion, Focus, SharedNotes, Observation, Debrief, ActionSteps, CoachTime, NextSession)


class CoachingSession(DocumentForm):
    """The record of one coaching session."""

    key = "coaching_session"
    title = "Coaching session"
    intro = "For planning together, visiting a class, and looking back. The people who take part write it together."
    parts = (SessionPart,)
