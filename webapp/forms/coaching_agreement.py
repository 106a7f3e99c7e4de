"""The Coaching Agreement: what the coach and one teacher promise each other before their first coaching session."""

from .declaration import DocumentForm, Level, Part, RoleInForm, Section, SignOff
from .kinds import Choice, Date, Line, Text, Ticks


class Pair(Section):
    """Whose agreement this is."""

    key = "pair"
    title = "About this agreement"
    intro = "Filled in from your accounts. Change what is not right."
    agreement_date = Date("Date", hint="The day you began this agreement.", prefill="today", carry=False)
    coach = Line("Coach", hint="As it should stand on the agreement.", prefill="coach.name", carry=False)
    teacher = Line("Teacher", hint="As it should stand on the agreement.", prefill="teacher.name", carry=False)
    school = Line("School", hint="Where the coaching takes place.", prefill="school.name", fixed=True, carry=False)


class Goals(Section):
    """What the coaching is for."""

    key = "coaching_goals"
    title = "Goals of our coaching"
    intro = "What the two of you want to get better at. The plan says what the whole circle works on; this is yours."
    goal_areas = Ticks(
        "What should our coaching help with?",
        [
            ("engagement", "Student engagement", "More students take part, ask, and keep at it."),
            ("achievement", "Student achievement", "Students know and can do more."),
            ("skills", "Particular teaching skills", "Something in your teaching that you want to learn or sharpen."),
            ("other", "Something else", "Say what, in the line beside it."),
        ],
        hint="Tick all that apply, and say in a few words what you mean.",
        remark="What exactly?",
    )
    goals_in_words = Text(
        "What would you like to see at the end?",
        hint="Two or three sentences. Describe what someone who visits your classroom could see or hear.",
        example="In every lesson, each student has said at least one full sentence about the text to a partner.",
        optional=True,
    )


class Responsibilities(Section):
    """Who does what, and what the coach leaves alone."""

    key = "responsibilities"
    title = "Roles and responsibilities"
    intro = "Clear jobs keep coaching apart from evaluation."
    coach_does = Text(
        "What does the coach do?",
        hint="What the teacher can count on.",
        example="Comes on time and prepared, listens first, writes down what was seen, and brings two ideas to try.",
    )
    teacher_does = Text(
        "What does the teacher do?",
        hint="What the coach can count on.",
        example="Chooses the focus, sends the lesson plan the day before, tries one new thing between two sessions.",
    )
    coach_does_not = Text(
        "What will the coach not do?",
        hint="Say it plainly. It protects both of you.",
        example="Does not grade or evaluate, does not report to the principal, does not take over the class unasked.",
    )


class Sessions(Section):
    """How often, how long, and what is looked at."""

    key = "how_we_meet"
    title = "Sessions, observations, and feedback"
    intro = "How the work goes from week to week."
    how_often = Line(
        "How often will you meet?",
        hint="A rhythm that both of you can keep.",
        example="Every second week, and once more before a new unit",
    )
    how_long = Line("How long is a session?", hint="The usual length.", example="40 minutes")
    observations = Ticks(
        "Which kinds of observation do you agree to?",
        [
            ("whole_lesson", "A whole lesson", "The coach sees it from beginning to end."),
            ("part_lesson", "Part of a lesson", "For example, the first 15 minutes."),
            ("focused", "One focus only", "The coach looks at one thing that you chose before."),
            ("students", "Some students", "The coach sits with a group and watches how they learn."),
            ("video", "A video", "The teacher records a lesson and chooses what to show."),
            ("modelled", "The coach teaches", "The teacher watches the coach in the teacher’s own class."),
        ],
        hint="Tick all that are fine with both of you. No other kind takes place without asking.",
        remark="Anything to add?",
    )
    feedback = Ticks(
        "Which kinds of feedback help?",
        [
            ("questions", "Questions that help me think", "The coach asks; the teacher finds the answer."),
            ("evidence", "What was seen and heard", "Notes without a judgment."),
            ("suggestions", "Suggestions to try", "When the teacher asks for them."),
            ("together", "Looking at student work together", "The work says how the lesson went."),
            ("written", "A short note afterwards", "For reading again."),
        ],
        hint="Tick all that apply.",
        remark="Anything to add?",
    )
    progress_tracked = Text(
        "How do you keep track of progress?",
        hint="What you look at, how often, and who keeps it.",
        example="Every six weeks we read ten exit tickets and count how many students give a reason.",
    )


class Confidentiality(Section):
    """What stays between the two, and what may be said."""

    key = "confidentiality"
    title = "Confidentiality"
    intro = (
        "What is written in your coaching sessions can be read only by the people who were there. Here you decide what "
        "else may be known. A tick that is set counts once both of you have signed, and only for what comes after. "
        "A tick that is taken away counts at once, and either of you can take it away alone."
    )
    stays_between_us = Text(
        "What stays between us?",
        hint="Think of what is said, what is seen, and what is written down.",
        example="Everything we say and write in our sessions, and everything the coach sees in the classroom.",
    )
    may_be_said = Ticks(
        "What may be said to others?",
        [
            (
                "take_place",
                "That our sessions take place",
                "The principal and the coach champion can see that you meet.",
            ),
            ("dates", "The dates of our sessions", "They can see when you met."),
            ("focus", "The focus area of our sessions", "They can see the focus that you chose, and nothing else."),
        ],
        hint="Without a tick nothing is said. Leave all of them empty if you like: that is the usual choice.",
        optional=True,
        carry=False,
    )
    safety_exception = Text(
        "What is the exception for safety and the law?",
        hint="When someone is in danger, or the law asks for it, the coach has to speak up. Say how.",
        example="If a student is in danger or the law requires it, the coach reports what is needed, and nothing more.",
    )
    teacher_told = Choice(
        "Is the teacher told when that happens?",
        [
            ("before", "Yes, before anything is said", "The coach talks with the teacher first."),
            ("at_once", "Yes, right afterwards", "When there was no time before."),
        ],
        hint="The teacher is always told. Choose when.",
    )
    notes_kept = Line(
        "How long are notes kept?",
        hint="The notes of your sessions, on paper and elsewhere.",
        example="Until the end of the school year",
    )
    who_keeps_copy = Line(
        "Who keeps a copy?",
        hint="Name everyone who has one.",
        example="Both of us, on Accord only. Nothing on paper.",
    )


class Communication(Section):
    """How the two reach each other."""

    key = "staying_in_touch"
    title = "Communication"
    intro = "How you reach each other between sessions."
    channels = Text(
        "How do you reach each other?",
        hint="E-mail, phone, a talk in the hallway: what is fine, and what is not?",
        example="E-mail for dates. A talk for everything else, and never in front of students or in the staff room.",
    )
    check_ins = Line(
        "When do you check in?", hint="A short look at how it is going.", example="Fridays at lunch, five minutes"
    )
    answer_time = Line("How fast do you answer?", hint="So that nobody waits and wonders.", example="Within two days")


class Term(Section):
    """How long it lasts."""

    key = "term"
    title = "Term"
    intro = "How long this agreement lasts and when you look at it again. Either of you can end it, without a reason."
    term_from = Date("From", hint="The first day.")
    term_until = Date("Until", hint="The last day, for example the end of the school year.")
    review_date = Date("When do you look at this agreement again?", hint="A day in the middle of the term.")
    ending = Text(
        "Anything to add about ending it?",
        hint="Either of you may end this agreement at any time and does not have to say why. You can add how you would "
        "like to be told.",
        example="A short message is enough. We stay friendly colleagues.",
        optional=True,
    )


class Agreement(Part):
    """The whole agreement."""

    key = "agreement"
    title = "Our agreement"
    short_title = "Agreement"
    called = "this agreement"
    intro = (
        "The two of you write this together and then sign it. Nobody else can read it or see that it exists. "
        "If a word changes later, both of you are asked to sign again; until then, the text you both signed counts."
    )
    level = Level.AGREEMENT
    sign_off = SignOff.SIGNATURES
    settings = "may_be_said"
    sections = (Pair, Goals, Responsibilities, Sessions, Confidentiality, Communication, Term)


class CoachingAgreement(DocumentForm):
    """The Coaching Agreement."""

    key = "coaching_agreement"
    title = "Coaching Agreement"
    intro = (
        "What a coach and one teacher promise each other. Both sign it before their first coaching session. It stays "
        "between the two of them."
    )
    called = "agreement"
    between_members = True
    roles = {
        "coach": RoleInForm("Coach", leads=True, in_circle=True),
        "teacher": RoleInForm("Teacher", in_circle=True),
    }
    parts = (Agreement,)
