"""The Peer Coaching Plan: Part 1 with the principal, Part 2 with the teachers, norms, progress."""

from .declaration import DocumentForm, Level, Part, RoleInForm, Section, SignOff
from .goal_statement import compose_goal_statement
from .kinds import Choice, Date, Line, Number, People, Row, RowOf, Rows, Text, Ticks

# ---------------------------------------------------------------- Part 1


class Header(Section):
    """Whose plan this is."""

    key = "about"
    title = "About this plan"
    intro = "Filled in from your accounts. Change what is not right."
    plan_date = Date("Date", hint="The day you began this plan.", prefill="today", carry=False)
    coach_name = Line("Coach’s name", hint="As it should stand on the plan.", prefill="coach.name", carry=False)
    coach_email = Line(
        "Coach’s e-mail", hint="The address the coach signs in with.", prefill="coach.email", fixed=True, carry=False
    )
    teaching_assignment = Line(
        "Coach’s teaching assignment",
        hint="What the coach teaches this year: grade, subject, or both.",
        example="Grade 6 science, three sections, and one section of robotics",
        prefill="coach.teaching_assignment",
        carry=False,
    )
    principal_name = Line(
        "Principal’s name", hint="The principal who approves Part 1.", prefill="principal.name", carry=False
    )
    principal_email = Line(
        "Principal’s e-mail",
        hint="The address the principal signs in with.",
        prefill="principal.email",
        fixed=True,
        carry=False,
    )
    school = Line("School", hint="Where the coaching takes place.", prefill="school.name", fixed=True, carry=False)
    district = Line("District", hint="The school’s district.", prefill="district.name", fixed=True, carry=False)


class AcademicFocus(Section):
    """The goals of state, district and school that the plan serves."""

    key = "academic_focus"
    title = "Academic focus"
    intro = "Coaching works best when it serves a goal the school already has."
    state_goal = Text(
        "Which state or district goal matters most for your school?",
        hint="Choose one. Say where it comes from, so that others can look it up.",
        example="District strategic plan, goal 2: every student can explain in writing how they solved a "
        "mathematics problem.",
    )
    school_goal = Text(
        "Which goal of your school supports it?",
        hint="Copy it from the school improvement plan if you can. Part 2 builds on it.",
        example="By spring, 70% of our students in grades 3 to 5 earn 3 or 4 points on the written-response questions "
        "of the state mathematics test (last spring: 52%).",
    )


class Structure(Section):
    """One-to-one or a team."""

    key = "coaching_structure"
    title = "Structure"
    intro = "How the coach and the teachers will be grouped."
    structure = Choice(
        "Will the coach work one-to-one or with a team?",
        [
            ("one_to_one", "One-to-one", "The coach works with one teacher at a time."),
            ("team", "With a team", "The coach works with several teachers who also learn from each other."),
        ],
        hint="Choose what describes most of the work.",
    )
    team_range = Choice(
        "What brings the team together?",
        [
            ("same_grade", "The same grade level", "For example, all teachers of grade 4."),
            ("same_subject", "The same subject", "For example, everyone who teaches algebra."),
            ("broader", "A broader range", "Different grades and subjects with one shared interest."),
        ],
        hint="Choose what comes closest.",
        only_if=("structure", "team"),
    )
    structure_remarks = Text(
        "Anything to add about the structure?",
        hint="For example, why you chose it, or how it may change during the year.",
        optional=True,
    )


class CollaboratingTeachers(Section):
    """Who takes part with the coach."""

    key = "teachers"
    title = "Collaborating teachers"
    intro = "The teachers who work with the coach. Everyone you pick is asked and can say no."
    collaborating_teachers = People(
        "Which teachers will take part?",
        role="teacher",
        hint="Pick people from the directory, or write the name of someone who has no account.",
        unless="teachers_later",
        carry=False,
    )
    teachers_later = Ticks(
        "Not sure yet?",
        [("later", "Not identified yet", "You can add teachers at any time. Part 2 can wait until then.")],
        hint="Tick this if you do not know yet who will take part.",
        optional=True,
        carry=False,
    )


class Roles(Section):
    """What the coach does, and does not do."""

    key = "roles"
    title = "Coach roles and responsibilities"
    intro = "Clear roles let teachers trust that coaching is help and not a check on them."
    roles_responsibilities = Text(
        "What are the coach’s main roles and responsibilities?",
        hint="Name the few that matter most.",
        example="Plans units with the team twice a month. Teaches beside a colleague when invited. Finds and tries out "
        "materials. Keeps the team’s agreements.",
    )
    will_not_do = Text(
        "What will the coach not do?",
        hint="Say it plainly, so that nobody has to guess.",
        example="Does not evaluate teachers or report on them. Does not cover classes. Does not repair computers.",
    )


class Resources(Section):
    """What the coaching needs."""

    key = "resources_needed"
    title = "Resources"
    intro = "What the coach and the teachers can count on."
    resources = Ticks(
        "What support will there be?",
        [
            ("release_time", "Release time", "A substitute or a free period for coaching."),
            ("training", "Training", "Workshops and courses for the coach or the teachers."),
            ("extra_pay", "Extra pay", "Pay for hours outside the contract day."),
            ("other", "Other", "Materials, technology, a room, or anything else."),
        ],
        hint="Tick all that apply and say how much of each.",
        example="Release time: one half day a month for each teacher. Extra pay: 12 hours at the curriculum rate.",
        remark="How much?",
    )
    resources_remarks = Text(
        "Anything to add about resources?",
        hint="For example, who pays for it, or what is not certain yet.",
        optional=True,
    )


class Communication(Section):
    """Who is told what about the programme."""

    key = "communication"
    title = "Communication"
    intro = "News about the program. What is said in coaching sessions stays in the circle."
    tell_principal = Text(
        "How and how often will the principal hear about the coaching program?",
        hint="Say who tells, in which form, and how often.",
        example="The coach and the principal meet for 20 minutes on the first Monday of each month.",
    )
    tell_staff = Text(
        "How and how often will the staff hear about it?",
        hint="Think of staff meetings, newsletters, and open classrooms.",
        example="Five minutes at the staff meeting every second month. An open invitation to visit in February.",
    )


class ProfessionalLearning(Section):
    """How coaching fits with other learning of the staff."""

    key = "professional_learning"
    title = "Aligning professional development"
    intro = "Coaching should pull in the same direction as the other learning at your school."
    pd_support = Text(
        "How does coaching support the other professional learning at your school?",
        hint="Name the workshops, courses, or team meetings it connects to.",
        example="After each district writing workshop, we try one strategy in class and look at student work together.",
    )
    other_coaches = Text(
        "How will peer coaching work beside other coaches?",
        hint="For example, literacy, mathematics, or instructional coaches. If there are none, write “None”.",
        example="The literacy coach leads the work on reading. We meet with her each quarter so that teachers do not "
        "get two different messages.",
    )


class Basis(Section):
    """Why this coach, these teachers, this work."""

    key = "basis"
    title = "Basis"
    intro = "What this plan is built on."
    skills_knowledge = Text(
        "What skills and knowledge does the coach bring?",
        hint="Training, experience, and what colleagues already ask the coach about.",
        example="Nine years in grade 5. Led the school’s pilot of science notebooks. Certified in English as a second "
        "language.",
    )
    teachers_needs = Text(
        "What do the teachers need?",
        hint="Say how you know: a survey, a talk, or what they asked for.",
        example="In our May survey, five of six teachers asked for help with planning lessons for mixed-ability "
        "groups.",
    )
    achievement_data = Text(
        "Which data on student achievement is behind this plan?",
        hint="Name the test or the work, the students, and the numbers. No names of students.",
        example="Winter benchmark, grade 4: 41% of students are at or above grade level in reading informational text, "
        "against 58% in reading stories.",
    )


class Part1(Part):
    """Part 1 – with the principal."""

    key = "part1"
    title = "Part 1 – with the principal"
    short_title = "Part 1"
    intro = (
        "The coach and the principal write this part together. When it is ready, the coach sends it to the principal, "
        "who approves it or sends it back with comments."
    )
    level = Level.WITH_PRINCIPAL
    sign_off = SignOff.APPROVAL
    due_before_session_2 = True
    sections = (
        Header,
        AcademicFocus,
        Structure,
        CollaboratingTeachers,
        Roles,
        Resources,
        Communication,
        ProfessionalLearning,
        Basis,
    )


# ---------------------------------------------------------------- Part 2


class Alignment(Section):
    """From the school goal to the coaching goal, drawn as people write."""

    key = "alignment"
    title = "Goal alignment"
    intro = (
        "This picture fills itself in as you write. Read it from left to right: each box should help the one before."
    )
    diagram = (
        ("School goal", "school_goal"),
        ("Content or grade-level goal", "content_goal"),
        ("How our work helps reach it", "work_helps"),
        ("Coaching goal", "goal_statement"),
    )


class GoalBuilder(Section):
    """Five answers that lead to the goal statement."""

    key = "goal_builder"
    title = "Goal builder"
    intro = "Five short answers. From them, you can have a first draft of your goal statement written for you."
    work_with = Text(
        "1. Who will the coach work with?",
        hint="Write it so that it can follow “The coach will work with …”.",
        example="the three teachers of grade 7 science",
    )
    academic_goal = Text(
        "2a. What is the school’s academic goal?",
        hint="You can take the school goal from Part 1 and shorten it.",
        example="More students can back up a claim with evidence, in every subject.",
        start_from="school_goal",
    )
    content_goal = Text(
        "2b. Which content or grade-level goal supports it?",
        hint="The goal of your subject, department, or grade.",
        example="In grade 7 science, students write lab reports in which the data supports the conclusion.",
    )
    work_helps = Text(
        "2c. How does the work with teachers help reach that goal?",
        hint="Your answer is the focus of the coaching.",
        example="We plan lab lessons together, agree on what a good conclusion looks like, and look at student reports "
        "every three weeks.",
    )
    improves = Ticks(
        "3. What will the work improve?",
        [
            ("content", "Content skills", "Knowing the subject better."),
            ("pedagogy", "Pedagogy skills", "Knowing better ways to teach it."),
            (
                "higher_order",
                "Higher-order skills in learning activities",
                "Activities that ask students to think critically, solve problems, and work together.",
            ),
        ],
        hint="Tick all that apply.",
    )
    improves_remarks = Text(
        "Anything to add about what will improve?", hint="For example, which skills come first.", optional=True
    )
    technology = Ticks(
        "4. How will technology help students learn?",
        [
            ("basics", "Basic skills and first use", "Learning the tools and using them in class for the first time."),
            (
                "lessons",
                "Standards-based lessons with technology",
                "Planning and teaching lessons in which technology helps reach a standard.",
            ),
            (
                "projects",
                "Active-learning projects",
                "Projects across the curriculum in which students make something for a real audience.",
            ),
        ],
        hint="Tick all that apply.",
    )
    technology_remarks = Text(
        "Anything to add about technology?", hint="For example, which tools you have in mind.", optional=True
    )
    timeline = Text(
        "5. What is the timeline?",
        hint="When you start, when you look back, and when you want to be there.",
        example="From October to the end of April, with a look at the results before winter break.",
    )


class TimedStep(Row):
    """Who does what by when."""

    who = Line("Who", hint="One name, or “all of us”.")
    does = Line("Does what", hint="One step.")
    by_when = Line("By when", hint="A date, or something like “every second Friday”.")


class Goal(Section):
    """The goal statement and its five checks."""

    key = "goal"
    title = "Goal statement"
    intro = "One goal that everyone in the circle stands behind."
    goal_statement = Text(
        "What is the goal of your coaching?",
        hint="Two to five sentences. Start from the draft or write your own.",
        compose=compose_goal_statement,
        example="By the end of April, the coach and the three teachers of grade 7 science will plan and teach six lab "
        "units together. 75% of students will write a conclusion that their data supports (September: 48%).",
    )
    smart = Ticks(
        "Is it a SMART goal?",
        [
            ("specific", "Specific", "Everyone in the circle was part of the decision and knows what is meant."),
            ("measured", "Measured", "It says who will achieve what, and by when."),
            ("achievable", "Achievable", "It can really be done in the time you have."),
            ("relevant", "Relevant", "It serves the school improvement plan."),
            ("timed", "Timed", "It is clear who does what by when. The table below shows it."),
        ],
        hint="Tick each check that your goal passes. A short remark helps others see why.",
        remark="Remark",
        all_needed=True,
        carry=False,
    )
    timed_steps = Rows(
        "Who does what by when?",
        TimedStep,
        one="step",
        ordered=True,
        hint="The steps that lead to the goal, one in each row.",
        example="Coach · brings three sample reports · by October 10",
        carry=False,
    )


class Measure(Row):
    """One way to tell that there is progress."""

    measure = Line("Measure", hint="What you look at.")
    baseline = Line("Where we start", hint="The number today, such as 48%.")
    target = Line("Where we want to be", hint="The number you aim for, such as 75%.")
    by_when = Date("By when", hint="The day you want to be there.")
    how_collected = Text("How it is collected", hint="By whom, from what, and how often.")


class Measures(Section):
    """How progress will be seen."""

    key = "measures"
    title = "Measuring progress"
    intro = "Choose a few measures that you can really collect. Later you add values, and a small chart shows them."
    measures = Rows(
        "How will you tell that there is progress?",
        Measure,
        one="measure",
        ordered=True,
        hint="One to four are enough. Look at the work of students first.",
        example="Lab reports with a conclusion that the data supports · 48% · 75% · April 30 · The team scores one set "
        "of reports every six weeks",
        carry=False,
    )


class Time(Section):
    """When the circle meets."""

    key = "time"
    title = "Time"
    intro = "A fixed time that is in everyone’s calendar is half the work."
    meeting_times = Ticks(
        "When will you meet?",
        [
            ("release", "Release time", "Someone else teaches your class."),
            ("common_planning", "Common planning time", "A free period that you share."),
            ("after_school", "After school", "Outside the day with students."),
            ("other", "Other", "Anything else: lunch, online, a workshop day."),
        ],
        hint="Tick all that apply.",
        remark="How often, and how long?",
    )
    usual_day = Line(
        "What is your usual day and time?",
        hint="So that everyone can keep it free.",
        example="Every second Tuesday, 3:10 to 4:00, room 114",
    )
    meeting_remarks = Text(
        "Anything to add about time?", hint="For example, weeks in which you will not meet.", optional=True
    )


class Part2(Part):
    """Part 2 – with the collaborating teachers."""

    key = "part2"
    title = "Part 2 – with the collaborating teachers"
    short_title = "Part 2"
    intro = (
        "The coach and the teachers write this part. The principal sees it once you share it, and then confirms "
        "having read it. At the end, each of you agrees to the same text. It can wait while no teacher has been found."
    )
    level = Level.FOR_REVIEW
    sign_off = SignOff.REVIEW
    due_before_session_2 = True
    sections = (Alignment, GoalBuilder, Goal, Measures, Time)


# ---------------------------------------------------------------- norms and progress


class NormRow(Row):
    """One norm."""

    norm = Text("Norm", hint="One thing that everyone promises, in a short sentence.")


class Norms(Section):
    """What the circle promises each other."""

    key = "norms"
    title = "Our norms"
    intro = (
        "Keep the list short. A norm is yours when everyone has agreed. If its words change, everyone is asked again."
    )
    norms = Rows(
        "What do you promise each other?",
        NormRow,
        one="norm",
        agreed=True,
        ordered=True,
        starters=(
            "Start and end on time",
            "Assume that everyone means well",
            "Listen first, and say back what you heard before you reply",
            "Ask questions before you give advice",
            "Talk about the teaching, not about the person",
            "What is said here stays here",
            "Come prepared, everyone, every time",
            "Make decisions together",
        ),
        hint="Pick from the list or write your own. Then each of you ticks “I agree”.",
        example="Phones stay in our bags until the end",
    )


class NormsPart(Part):
    """Norms – after Session 2."""

    key = "norms"
    title = "Norms – after Session 2"
    short_title = "Norms"
    intro = (
        "The coach and the teachers agree on how they want to work together. This part opens with Session 2 of the "
        "coaching program. The principal can read the norms that all of you have agreed to."
    )
    level = Level.NORMS
    sign_off = SignOff.ROW_BY_ROW
    after_session_2 = True
    sections = (Norms,)


class ProgressValue(Row):
    """What a measure stood at on one day."""

    measure = RowOf("Measure", "measures", hint="Which of your measures this belongs to.")
    on = Date("Date", hint="The day it was collected.")
    value = Number("Value", hint="The number, such as 62 or 62%.")
    note = Line("Note", hint="Anything that helps to read the number.", optional=True)


class ProgressOverTime(Section):
    """Dated values of the measures."""

    key = "progress_over_time"
    title = "Progress over time"
    intro = "Add a value whenever you have collected one. The charts draw themselves."
    progress_values = Rows(
        "What have you measured so far?",
        ProgressValue,
        one="value",
        values_of="measures",
        hint="One row for each measure and date.",
        optional=True,
        carry=False,
    )


class Progress(Part):
    """Progress – only for the circle."""

    key = "progress"
    title = "Progress – only for the circle"
    short_title = "Progress"
    intro = "Only the coach and the teachers can read this part. The principal cannot."
    level = Level.CIRCLE
    sign_off = SignOff.NONE
    sections = (ProgressOverTime,)


class PeerCoachingPlan(DocumentForm):
    """The Peer Coaching Plan."""

    key = "peer_coaching_plan"
    title = "Peer Coaching Plan"
    intro = (
        "A plan that serves the goals of your school. It builds on what the coach can do and on what the teachers "
        "need, and data on student achievement shows part of that need. Parts 1 and 2 are due before Session 2 of the "
        "coaching program. The norms come after it."
    )
    roles = {
        "coach": RoleInForm("Coach", leads=True, in_circle=True),
        "teacher": RoleInForm("Collaborating teacher", in_circle=True, many=True),
        "principal": RoleInForm("Principal"),
    }
    parts = (Part1, Part2, NormsPart, Progress)
