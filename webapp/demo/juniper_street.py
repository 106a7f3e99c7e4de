"""This year's plans at Juniper Street Elementary School."""

from .schools import common
from .story import Measure, Said, Stage, Step, Story, smart, ticks

NORMS = (
    "Start and end on time",
    "Listen first, and say back what you heard before you reply",
    "Talk about the teaching, not about the person",
    "What is said here stays here",
)

TEXTS = Story(
    coach="bianchi",
    school="juniper",
    stage=Stage.SHARED,
    begun=39,
    teachers=("morales", "jensen"),
    part1={
        **common("juniper", "reading", last_year=False),
        "structure": "team",
        "team_range": "same_grade",
        "skills_knowledge": "Grade 4 for twelve years. Reading specialist certificate. I lead our grade-level "
        "meetings.",
        "teachers_needs": "Carmen and Tyler want science and history texts that fit our units, and a way to teach them "
        "that takes no more time than now.",
        "achievement_data": "Fall benchmark, grade 4: 43% at grade level in informational text, 61% in stories.",
    },
    part2={
        "work_with": "Carmen Morales and Tyler Jensen, who teach the other two classes of grade 4",
        "academic_goal": "70% of our students reach the grade-level benchmark in reading.",
        "content_goal": "In grade 4, students find the main idea of an informational text and two details that support "
        "it.",
        "work_helps": "We choose texts for each unit together, plan two close readings a month, and compare what our "
        "students wrote.",
        "improves": ticks("content", "pedagogy"),
        "technology": ticks("basics"),
        "technology_remarks": "Recorded texts for students who read better with their ears first.",
        "timeline": "From November to the middle of May, with a look at the winter benchmark in January.",
        "goal_statement": "By the middle of May, Rosa, Carmen, and Tyler will plan and teach twelve close readings of "
        "informational texts together. 65% of the students in grade 4 will find the main idea and two supporting "
        "details in a text they have not seen before (fall: 43%).",
        "smart": smart(
            "All three of us chose the texts as our focus.",
            "65% of 71 students, main idea and two details, by mid-May.",
            "Two close readings a month fit into our pacing guide.",
            "Reading is the first goal of our school.",
            "See the table.",
        ),
        "meeting_times": ticks(release="Every other Thursday, one hour, while the classes have music"),
        "usual_day": "Every other Thursday, 10:15 to 11:15, room 9",
    },
    steps=(
        Step("Rosa", "collects 15 texts for our next three units", "December 4"),
        Step("All of us", "teach the first two close readings and bring six papers each", "December 18"),
        Step("Tyler", "records the texts for the listening corner", "January 15"),
    ),
    measures=(
        Measure(
            "Students who find the main idea and two details in a new text",
            "43%",
            "65%",
            (5, 14),
            "One short task every eight weeks, scored by two of us.",
        ),
        Measure(
            "Books on real-life topics that students choose in the library",
            "1 in 6",
            "1 in 3",
            (4, 30),
            "Library system.",
        ),
    ),
    said=(
        Said("jensen", "time", "Thursday works for me. Not in the week of conferences, please."),
        Said("bianchi", "measures", "Mark can give us the library numbers by class, without names."),
    ),
)

NUMBER_TALKS = Story(
    coach="washington",
    school="juniper",
    stage=Stage.REVIEWED,
    begun=46,
    teachers=("begay", "patel"),
    part1={
        **common("juniper", "mathematics", last_year=False),
        "structure": "team",
        "team_range": "same_grade",
        "skills_knowledge": "Nineteen years in grades 1 and 2. I have led number talks every morning for the last six.",
        "teachers_needs": "Shawna has tried number talks and stopped when only four children spoke. Anjali would like "
        "to see one before she tries.",
        "achievement_data": "September: 38% of the children in grade 2 add within 100 in more than one way.",
    },
    returned="I like this very much. Please add what staff will hear about it: the teachers in grade 3 have asked me "
    "already.",
    corrected={
        "tell_staff": "A corner in the Friday letter once a month. In January we invite grade 3 to watch a number "
        "talk, 10 minutes, no observation sheet.",
    },
    part2={
        "work_with": "the two other teachers of grade 2",
        "academic_goal": "70% of our students reach the grade-level benchmark in mathematics.",
        "content_goal": "In grade 2, children add and subtract within 100 in more than one way and explain how.",
        "work_helps": "We plan number talks for each week, visit each other once a month, and collect what children "
        "say.",
        "improves": ticks("pedagogy", "higher_order"),
        "improves_remarks": "Asking “Who did it another way?”, and waiting long enough.",
        "technology": ticks("basics"),
        "timeline": "From the last week of October to the end of April.",
        "goal_statement": "By the end of April, the three teachers of grade 2 will lead at least three number talks a "
        "week. 70% of the children will show two ways to add within 100 and explain one of them (September: 38%).",
        "smart": smart(
            "We decided it in our first two meetings.",
            "70% of 66 children show two ways, by the end of April.",
            "Ten minutes, three times a week, in place of the morning worksheet.",
            "Number sense is in the school plan for grades K to 2.",
            "See the table.",
        ),
        "meeting_times": ticks("common_planning", after_school="Once a month, 30 minutes"),
        "usual_day": "Mondays, 1:20 to 2:00, in Denise’s room",
        "meeting_remarks": "Not in the weeks of report cards.",
    },
    steps=(
        Step("Denise", "leads a number talk in each class while the others watch", "November 20"),
        Step("Shawna and Anjali", "lead two a week and note what children say", "every week from December"),
        Step("All of us", "ask each child for two ways, with the same five problems", "January 22 and April 23"),
    ),
    measures=(
        Measure(
            "Children who show two ways to add within 100",
            "38%",
            "70%",
            (4, 23),
            "Five problems, one to one, three minutes.",
        ),
        Measure("Children who speak in a number talk", "4 of 22", "12 of 22", (3, 26), "We count in one talk a month."),
    ),
    said=(
        Said("villanueva", "goal", "Clear and doable. I will stop by for a number talk when you invite me."),
        Said("patel", "goal_builder", "Happy with this. Could we keep Fridays free?"),
    ),
)

PODCASTS = Story(
    coach="nguyen",
    school="juniper",
    stage=Stage.NORMS,
    begun=58,
    teachers=("friedman", "osei"),
    part1={
        **common("juniper", "technology", last_year=False),
        "structure": "team",
        "team_range": "same_grade",
        "skills_knowledge": "Eight years in grade 5. My class has made a weekly radio show since before it was called "
        "a podcast.",
        "teachers_needs": "Leah and Kwame want projects in which students write for people outside school, and are "
        "worried about time and noise.",
        "achievement_data": "Grade 5 writing, last June: 55% at benchmark. Only 34% wrote an ending that fits the "
        "reader.",
    },
    part2={
        "work_with": "Leah Friedman and Kwame Osei and their classes in grade 5",
        "academic_goal": "70% of our students reach the grade-level benchmark in reading and writing.",
        "content_goal": "In grade 5, students write for a reader or listener they do not know.",
        "work_helps": "We plan three podcast projects together, listen to each other’s drafts, and score the scripts.",
        "improves": ticks("higher_order", "pedagogy"),
        "technology": ticks("lessons", "projects"),
        "technology_remarks": "Recording on tablets; the public library plays our shows in its reading room.",
        "timeline": "By the end of March, in three rounds of four weeks.",
        "goal_statement": "By the end of March, each class in grade 5 will publish three podcasts for families and the "
        "public library. 75% of the students will write a script that fits its listeners (September: 41%).",
        "smart": smart(
            "Chosen by the three of us; the students chose the topics.",
            "75% of 68 students score 3 or 4 for audience.",
            "Four weeks for each round; we tried it last year.",
            "Writing is the weakest area in our school plan.",
            "See the table.",
        ),
        "meeting_times": ticks(release="One hour every other Wednesday", other="Lunch on Fridays, for the sound check"),
        "usual_day": "Every other Wednesday, 9:00 to 10:00, library",
    },
    steps=(
        Step("Linh", "shows how to record and cut, in each class", "first round"),
        Step("Leah", "writes to the library about dates", "October 30"),
        Step("Kwame", "makes the score sheet with the students", "before the second round"),
    ),
    measures=(
        Measure(
            "Scripts that fit their listeners (3 or 4 points)",
            "41%",
            "75%",
            (3, 26),
            "After each round we score 20 scripts together.",
            ("41%", "49%", "58%"),
        ),
        Measure("Listeners who leave a comment", "0", "60", (3, 26), "The library counts cards.", ("0", "17")),
    ),
    norms=(*NORMS, "Come prepared, everyone, every time", "Snacks rotate, and Kwame’s plantain chips count double"),
)

FIRST_SOUNDS = Story(
    coach="abdi",
    school="juniper",
    stage=Stage.BEGUN,
    begun=3,
    invited=("mcallister",),
    part1={"state_goal": common("juniper", "reading", last_year=False)["state_goal"]},
)

RESEARCH = Story(
    coach="kowalski",
    school="juniper",
    stage=Stage.AGREED,
    begun=52,
    teachers=("morales", "osei"),
    part1={
        **common("juniper", "technology", last_year=False),
        "structure": "team",
        "team_range": "broader",
        "structure_remarks": "Grades 4 and 5 work on the same kind of project, at different times of the year.",
        "skills_knowledge": "Librarian for ten years. I teach searching and judging sources in all grades.",
        "teachers_needs": "Both teachers say that students take the first result and copy it. They want lessons that "
        "fit their own units and not a separate “library skill”.",
        "achievement_data": "We looked at 60 projects from last May: 12 named a source, 5 used more than one.",
    },
    part2={
        "work_with": "one teacher in grade 4 and one in grade 5",
        "academic_goal": "70% of our students reach the grade-level benchmark in reading.",
        "content_goal": "In grades 4 and 5, students answer a question of their own from at least two sources.",
        "work_helps": "We plan one research unit in each class together, teach the first lessons side by side, and "
        "look at the notes that students take.",
        "improves": ticks("content", "higher_order"),
        "technology": ticks("basics", "lessons"),
        "timeline": "From October to the spring fair on May 21.",
        "goal_statement": "By the spring fair on May 21, students in both classes will answer a question of their own "
        "from at least two sources. 80% will name both and say why they trust them (last May: 8%).",
        "smart": smart(
            "We chose it from four ideas.",
            "80% of 46 students name two sources and give a reason.",
            "One unit in each class.",
            "Reading for information is in the school plan.",
            "See the table.",
        ),
        "meeting_times": ticks(release="One hour a month", after_school="30 minutes, every second Tuesday"),
        "usual_day": "Every second Tuesday, 3:15 to 3:45, library",
    },
    steps=(
        Step("Mark", "teaches the first two lessons beside each teacher", "December 11"),
        Step("Carmen and Kwame", "bring student notes to our meeting", "every month"),
    ),
    measures=(
        Measure(
            "Projects that use two sources and say why",
            "8%",
            "80%",
            (5, 21),
            "We read all projects together after the fair.",
        ),
    ),
    said=(
        Said(
            "villanueva",
            "measures",
            "Could you also look at 10 projects in January, so that there is time to change course?",
        ),
    ),
)

PLANS = (TEXTS, NUMBER_TALKS, PODCASTS, FIRST_SOUNDS, RESEARCH)
