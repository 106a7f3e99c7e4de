"""Last year's plans at Alder Creek Middle School."""

from ..story import Measure, Said, Stage, Step, Story
from .pattern import MAY, STARTERS, part1, part2

NOTEBOOKS = Story(
    coach="coach",
    school="alder",
    stage=Stage.FINISHED,
    begun=0,
    last_year=True,
    teachers=("sorensen", "teacher"),
    part1=part1(
        "alder",
        "writing",
        "same_subject",
        "Ten years in middle school science. In the second year of the district’s program for coaches.",
        "Ingrid and Daniel want science notebooks that students use to think, and not only to copy from the board.",
        "We read 50 notebooks in June: 9 had a question or an idea of the student’s own in every week.",
    ),
    part2=part2(
        "alder",
        "one teacher in grade 6 and one in grade 7 science",
        "In science, students write down a question, a plan, and what they found out, in their own words.",
        "We try one notebook routine a month, bring five notebooks each, and decide what to keep.",
        "By the middle of May, the coach and two science teachers will use three notebook routines in every unit. 60% "
        "of the students will have a question, a plan, and a finding of their own in each week (June: 18%).",
        "Every second Thursday, period 6, room 114",
    ),
    steps=(
        Step("Maya", "brings three routines to choose from", "October 15"),
        Step("Ingrid and Daniel", "try one a month", "from November"),
        Step("All of us", "read 15 notebooks together", "December, February, and May"),
    ),
    measures=(
        Measure(
            "Notebooks with a question, a plan, and a finding",
            "18%",
            "60%",
            MAY,
            "We read 15 notebooks together, chosen by lot.",
            ("18%", "27%", "36%", "51%", "63%"),
        ),
        Measure(
            "Students who say “My notebook helps me think”",
            "30%",
            "60%",
            MAY,
            "Three questions on paper, no names.",
            ("30%", "42%", "55%"),
        ),
    ),
    norms=(*STARTERS[:5], "One routine at a time"),
    said=(Said("principal", "basis", "I look forward to this."), Said("principal", "goal", "Ambitious. Good.")),
)

WORDS = Story(
    coach="fuentes",
    school="alder",
    stage=Stage.FINISHED,
    begun=2,
    last_year=True,
    teachers=("rahman",),
    part1=part1(
        "alder",
        "reading",
        "",
        "Thirteen years of grade 6 English language arts, and a course on teaching academic words.",
        "Aisha teaches 14 English learners and wants a way to teach words that all students need in all subjects.",
        "Fall benchmark: 36% right on academic words in grade 6; English learners 21%.",
    ),
    part2=part2(
        "alder",
        "Aisha Rahman and her three classes",
        "In grade 6, students use ten new academic words a month in speaking and writing.",
        "We choose the words from next month’s texts in all subjects and plan how students will use each one six "
        "times.",
        "By the middle of May, 65% of the students in three classes will use the academic words of the month correctly "
        "in their writing (October: 36%).",
        "Mondays, period 2, room 121",
    ),
    steps=(Step("Yolanda", "asks the other subjects for next month’s texts", "the 20th of each month"),),
    measures=(
        Measure(
            "Words used correctly in writing",
            "36%",
            "65%",
            MAY,
            "Monthly paragraph.",
            ("36%", "44%", "52%", "58%", "64%"),
        ),
        Measure(
            "The same, English learners", "21%", "55%", MAY, "Monthly paragraph.", ("21%", "30%", "41%", "47%", "52%")
        ),
    ),
    norms=STARTERS[:4],
)

EXIT_TICKETS = Story(
    coach="novak",
    school="alder",
    stage=Stage.FINISHED,
    begun=3,
    last_year=True,
    teachers=("park",),
    part1=part1(
        "alder",
        "mathematics",
        "",
        "Mathematics in grades 7 and 8 for eight years.",
        "Joon collects exit tickets each day and has no time to use them. He wants a routine that takes ten minutes.",
        "Unit tests: the same three errors come back in unit after unit, in about 40% of the papers.",
    ),
    part2=part2(
        "alder",
        "Joon Park and his grade 8 classes",
        "In grade 8, students find and correct their own errors.",
        "We sort one set of tickets a week, choose one error, and plan the first five minutes of the next lesson.",
        "By the middle of May, students in three classes will correct their own errors in a second try on every "
        "ticket. Papers with one of the three old errors will go down from 40% to 15%.",
        "Wednesdays, period 3, room 208",
    ),
    steps=(Step("Joon", "brings one set of tickets", "every Wednesday"),),
    measures=(
        Measure(
            "Papers with one of the three old errors",
            "40%",
            "15%",
            MAY,
            "Unit tests.",
            ("40%", "37%", "29%", "24%", "16%"),
        ),
    ),
    norms=STARTERS[:3],
)

ALGEBRA_FOR_ALL = Story(
    coach="thornton",
    school="alder",
    stage=Stage.FINISHED,
    begun=5,
    last_year=True,
    teachers=("oyelaran",),
    part1=part1(
        "alder",
        "mathematics",
        "",
        "Fifteen years in special education.",
        "Grace has students with a learning plan in algebra for the first time.",
        "In the first quarter, 5 of 11 students with a learning plan passed algebra.",
    ),
    part2=part2(
        "alder",
        "Grace Oyelaran, in her inclusion class",
        "In algebra, every student can start a task on their own.",
        "We plan supports for each unit, teach together once a week, and check which supports students use by "
        "themselves.",
        "By the middle of May, 9 of 11 students with a learning plan will pass algebra, and 8 will start a task on "
        "their own.",
        "Tuesdays, period 7, room 210",
    ),
    steps=(Step("Will", "makes a card of supports for each unit", "a week before"),),
    measures=(
        Measure(
            "Students of 11 who start a task on their own",
            "2",
            "8",
            MAY,
            "We watch one task a month.",
            ("2", "3", "5", "7", "8"),
        ),
    ),
    norms=STARTERS[1:5],
)

PLANS = (NOTEBOOKS, WORDS, EXIT_TICKETS, ALGEBRA_FOR_ALL)
