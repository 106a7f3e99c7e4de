"""This year's plans at Quarry Hill High School."""

from .schools import common
from .story import Measure, Said, Stage, Step, Story, smart, ticks

INQUIRY = Story(
    coach="chen",
    school="quarry",
    stage=Stage.FINISHED,
    begun=72,
    teachers=("yamada",),
    part1={
        **common("quarry", "writing", last_year=False),
        "structure": "one_to_one",
        "structure_remarks": "We each teach four sections of biology, in rooms side by side.",
        "skills_knowledge": "Biology for thirteen years. I write for the state’s bank of science tasks and led last "
        "year’s work on graphs.",
        "teachers_needs": "Kenji’s students do the labs well and then cannot say what the numbers mean. He wants to "
        "plan better questions and to see how I use them.",
        "achievement_data": "Common assessment in September: 37% of the students in biology drew a conclusion from a "
        "data table. Failing biology at the end of last year: 14%.",
    },
    part2={
        "work_with": "Kenji Yamada and his four sections of biology",
        "academic_goal": "80% of our students in grades 9 and 10 pass all core courses.",
        "content_goal": "In biology, students draw a conclusion from data and say how sure they can be.",
        "work_helps": "We plan one inquiry lab in each unit, visit each other’s class for the discussion, and sort the "
        "exit slips together.",
        "improves": ticks("pedagogy", "higher_order"),
        "technology": ticks("lessons", "projects"),
        "technology_remarks": "Stream data from the county, and a poster for its water office in spring.",
        "timeline": "From September to the end of March, in three cycles.",
        "goal_statement": "By the end of March, Vivian and Kenji will plan and teach six inquiry labs. 70% of the "
        "students in their eight sections will draw a conclusion from a data table and say how sure they are "
        "(September: 37%).",
        "smart": smart(
            "We both wanted it; it came out of last year’s plan.",
            "70% of 203 students, on the common task.",
            "Two labs in each cycle replace two we already had.",
            "Biology is named in the improvement plan.",
            "See the table.",
        ),
        "meeting_times": ticks("common_planning", release="Two periods in each cycle, to visit each other"),
        "usual_day": "Tuesdays and Fridays, period 4, prep room",
    },
    steps=(
        Step("Vivian", "writes the first version of each lab", "two weeks before the unit"),
        Step("Kenji", "tries it with his first section and marks what to change", "the week before"),
        Step("Both", "sort 60 exit slips", "the day after each lab"),
    ),
    measures=(
        Measure(
            "Students who draw a conclusion from a data table",
            "37%",
            "70%",
            (3, 26),
            "Exit slip after each inquiry lab; we sort them together.",
            ("37%", "44%", "47%", "55%"),
        ),
        Measure(
            "Students failing biology",
            "14%",
            "9%",
            (3, 26),
            "Grade book at the end of each cycle.",
            ("14%", "12%", "11%"),
        ),
    ),
    norms=(
        "Start and end on time",
        "Ask questions before you give advice",
        "Talk about the teaching, not about the person",
        "What is said here stays here",
        "We look at student work before we talk about it",
    ),
)

ARGUMENT = Story(
    coach="delgado",
    school="quarry",
    stage=Stage.SUBMITTED,
    begun=16,
    teachers=("lopez", "carter"),
    part1={
        **common("quarry", "writing", last_year=False),
        "structure": "team",
        "team_range": "same_subject",
        "skills_knowledge": "English 10 and debate for nine years. Fellow of a regional writing project for two "
        "summers.",
        "teachers_needs": "Marisol and Jerome want essays that answer the other side. They asked for short exercises, "
        "since nobody has time to grade more essays.",
        "achievement_data": "Common essay in October: 58% state a claim, 23% answer a counterargument. 312 essays, "
        "scored by five teachers.",
    },
)

SLOPES = Story(
    coach="ivanov",
    school="quarry",
    stage=Stage.DRAFT,
    begun=11,
    invited=("bauer",),
    declined=("rossi",),
    part1={
        "state_goal": common("quarry", "mathematics", last_year=False)["state_goal"],
        "school_goal": common("quarry", "mathematics", last_year=False)["school_goal"],
        "structure": "team",
        "team_range": "same_subject",
        "structure_remarks": "If there are only two of us, we change to one-to-one.",
        "roles_responsibilities": "Plans one unit in each cycle with the team. Brings tasks with more than one way in.",
        "achievement_data": "Algebra I, first unit test: 46% can say what a slope means in a story. Failing at the end "
        "of last year: 17%.",
    },
)

LAB_SAFETY = Story(
    coach="yamada",
    school="quarry",
    stage=Stage.PART_2,
    begun=41,
    by_name=("Ms. Leota Fa’asavalu (long-term substitute)",),
    teachers=("chen",),
    part1={
        **common("quarry", "technology", last_year=False),
        "structure": "team",
        "team_range": "broader",
        "skills_knowledge": "Chemistry and biology for six years, and four years in a water lab before that.",
        "teachers_needs": "A long-term substitute has taken over two sections of chemistry and asked for help with "
        "labs. Vivian wants to bring more measuring into biology.",
        "achievement_data": "Only 5 of 12 planned labs took place in chemistry last fall. Common task on measuring: "
        "40% right.",
    },
    part2={
        "work_with": "the substitute in chemistry, and Vivian Chen for biology",
        "academic_goal": "80% of our students in grades 9 and 10 pass all core courses.",
        "content_goal": "In chemistry and biology, students measure with care and say how exact their result is.",
        "work_helps": "We prepare four short labs that are safe with one adult in the room, and teach each one twice.",
        "improves": ticks("content"),
        "technology": ticks("basics"),
        "timeline": "Between December and the end of February.",
        "goal_statement": "By the end of February, students in four sections will do four labs and say how exact each "
        "result is.",
        "meeting_times": ticks("after_school"),
        "usual_day": "Wednesdays, 2:50 to 3:30, chemistry lab",
    },
    measures=(
        Measure("Students who say how exact their result is", "40%", "65%", (2, 26), "One question after each lab."),
    ),
    taken_back=True,
    said=(Said("chen", "goal", "Let us add a number before the principal reads it. 65%?"),),
)

PLANS = (INQUIRY, ARGUMENT, SLOPES, LAB_SAFETY)
