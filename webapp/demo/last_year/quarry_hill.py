"""Last year's plans at Quarry Hill High School."""

from ..story import Measure, Stage, Step, Story
from .pattern import MAY, STARTERS, part1, part2

GRAPHS = Story(
    coach="chen",
    school="quarry",
    stage=Stage.FINISHED,
    begun=2,
    last_year=True,
    teachers=("yamada",),
    part1=part1(
        "quarry",
        "writing",
        "",
        "Biology for twelve years. I write science tasks for the state.",
        "Kenji is new to our school and wants to plan with somebody who knows our students.",
        "September: 33% of the graphs in lab reports had a title, units, and a fitting scale.",
    ),
    part2=part2(
        "quarry",
        "Kenji Yamada",
        "In biology, students choose a graph that fits their data and draw it well.",
        "We build a graph into each lab, show good and bad examples, and let students correct each other.",
        "By the middle of May, 75% of the graphs in lab reports will have a title, units, and a fitting scale.",
        "Fridays, period 4, prep room",
    ),
    steps=(Step("Both", "score 40 graphs", "each quarter"),),
    measures=(
        Measure(
            "Graphs with title, units, and scale",
            "33%",
            "75%",
            MAY,
            "40 graphs a quarter.",
            ("33%", "48%", "57%", "71%", "74%"),
        ),
    ),
    norms=STARTERS[:5],
)

PEER_REVIEW = Story(
    coach="delgado",
    school="quarry",
    stage=Stage.FINISHED,
    begun=5,
    last_year=True,
    teachers=("carter", "lopez"),
    part1=part1(
        "quarry",
        "writing",
        "same_subject",
        "English 10 and debate for eight years.",
        "Jerome and Marisol spend their weekends writing comments that students do not use.",
        "In October, students changed something other than spelling in 22% of their second drafts.",
    ),
    part2=part2(
        "quarry",
        "Jerome Carter and Marisol Lopez",
        "In English 10, students give each other comments that lead to a better draft.",
        "We write three questions for each essay, practice with a model, and read what students changed.",
        "By the middle of May, students will change more than spelling in 70% of their second drafts (October: 22%).",
        "First and third Wednesday, 2:50, room 305",
    ),
    steps=(
        Step("Ramon", "finds two model essays", "a week before each round"),
        Step("All of us", "read 30 drafts", "each round"),
    ),
    measures=(
        Measure(
            "Second drafts with real changes",
            "22%",
            "70%",
            MAY,
            "30 drafts a round.",
            ("22%", "35%", "49%", "60%", "68%"),
        ),
    ),
    norms=STARTERS,
)

READY_FOR_ALGEBRA = Story(
    coach="ivanov",
    school="quarry",
    stage=Stage.FINISHED,
    begun=7,
    last_year=True,
    teachers=("rossi", "bauer"),
    part1=part1(
        "quarry",
        "mathematics",
        "same_subject",
        "Algebra I for ten years. I teach the summer bridge course.",
        "Paula and Anneliese want warm-ups that close gaps from middle school and take no more than eight minutes.",
        "August check: 39% of grade 9 solves 2x + 7 = 15. Failing algebra I after the first quarter: 24%.",
    ),
    part2=part2(
        "quarry",
        "Paula Rossi and Anneliese Bauer",
        "In algebra I, students solve simple equations and explain each step.",
        "We write one set of warm-ups a month, use the same check in all classes, and change the set after each check.",
        "By the middle of May, 80% of grade 9 will solve and explain a two-step equation (August: 39%).",
        "Tuesdays, period 4, room 118",
    ),
    steps=(Step("Sergei", "writes the check", "the last Monday of the month"),),
    measures=(
        Measure(
            "Students who solve and explain a two-step equation",
            "39%",
            "80%",
            MAY,
            "Monthly check.",
            ("39%", "50%", "62%", "70%", "77%"),
        ),
        Measure(
            "Students failing algebra I", "24%", "12%", MAY, "Grade book, each quarter.", ("24%", "21%", "19%", "17%")
        ),
    ),
    norms=STARTERS[:4],
)

PLANS = (GRAPHS, PEER_REVIEW, READY_FOR_ALGEBRA)
