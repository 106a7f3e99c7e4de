"""Last year's plans at Juniper Street Elementary School."""

from ..story import Measure, Stage, Step, Story
from .pattern import MAY, STARTERS, part1, part2

FLUENCY = Story(
    coach="bianchi",
    school="juniper",
    stage=Stage.FINISHED,
    begun=1,
    last_year=True,
    teachers=("jensen", "morales"),
    part1=part1(
        "juniper",
        "reading",
        "same_grade",
        "Grade 4 for eleven years.",
        "Tyler, in his first year, asked for a reading routine. Carmen wants to use readers’ theater.",
        "September: 47% of grade 4 reads 94 words a minute or more with good expression.",
    ),
    part2=part2(
        "juniper",
        "the other two classes of grade 4",
        "In grade 4, children read aloud at a good pace and so that others like to listen.",
        "We plan ten minutes of reading aloud each day and a small show each quarter.",
        "By the middle of May, 70% of grade 4 will read aloud at benchmark pace with good expression (September: 47%).",
        "Every other Thursday, 10:15, room 9",
    ),
    steps=(
        Step("Carmen", "chooses plays for the shows", "each quarter"),
        Step("Tyler", "times the readings", "monthly"),
    ),
    measures=(
        Measure(
            "Children at benchmark pace",
            "47%",
            "70%",
            MAY,
            "One minute each, monthly.",
            ("47%", "51%", "58%", "66%", "72%"),
        ),
    ),
    norms=STARTERS,
)

PLACE_VALUE = Story(
    coach="washington",
    school="juniper",
    stage=Stage.FINISHED,
    begun=4,
    last_year=True,
    teachers=("patel",),
    part1=part1(
        "juniper",
        "mathematics",
        "",
        "Eighteen years in grades 1 and 2.",
        "Anjali moved from grade 5 and wants to know how small children think about tens and ones.",
        "September: 42% of grade 2 can say what the 3 in 35 stands for.",
    ),
    part2=part2(
        "juniper",
        "Anjali Patel",
        "In grade 2, children know what each digit stands for and use it to add.",
        "We interview five children a month and plan the next week from what they say.",
        "By the middle of May, 85% of both classes will explain what each digit in a three-digit number stands for.",
        "Mondays, 1:20, Denise’s room",
    ),
    steps=(Step("Anjali", "interviews five children", "monthly"),),
    measures=(
        Measure(
            "Children who explain each digit",
            "42%",
            "85%",
            MAY,
            "Short interviews.",
            ("42%", "55%", "63%", "78%", "86%"),
        ),
    ),
    norms=STARTERS[:4],
)

CLASS_BLOGS = Story(
    coach="nguyen",
    school="juniper",
    stage=Stage.FINISHED,
    begun=6,
    last_year=True,
    teachers=("friedman",),
    part1=part1(
        "juniper",
        "technology",
        "",
        "Seven years in grade 5, and a class blog for five.",
        "Leah wants real readers for what her students write.",
        "Grade 5 writing in September: 45% at benchmark. Students wrote 1.2 drafts of a text on average.",
    ),
    part2=part2(
        "juniper",
        "Leah Friedman and her class",
        "In grade 5, students improve a text after somebody has read it.",
        "We plan a blog post for each unit, teach how to comment kindly, and compare first and last drafts.",
        "By the middle of May, students in both classes will publish eight posts each and improve every post at least "
        "once.",
        "Fridays, 12:40, room 22",
    ),
    steps=(Step("Linh", "sets up the blog, closed to the public", "October 10"),),
    measures=(
        Measure("Drafts of each text", "1.2", "2.5", MAY, "Blog history.", ("1.2", "1.6", "2.1", "2.3", "2.7")),
        Measure("Students at benchmark in writing", "45%", "65%", MAY, "District task.", ("45%", "52%", "61%")),
    ),
    norms=STARTERS[:5],
    returned="Please say who can see the blog. Families will ask.",
    corrected={
        "structure_remarks": "The blog is closed: only the two classes and their families can read it, with a code.",
    },
)

PLANS = (FLUENCY, PLACE_VALUE, CLASS_BLOGS)
