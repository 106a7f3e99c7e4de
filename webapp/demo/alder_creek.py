"""This year's plans at Alder Creek Middle School: every state a principal's home page can show."""

from .agreements import MAYA_AND_DANIEL
from .schools import common
from .story import Measure, Said, Stage, Step, Story, ticks

EVIDENCE = Story(
    coach="coach",
    school="alder",
    stage=Stage.PART_2,
    begun=44,
    teachers=("teacher", "teacher2"),
    agreement=MAYA_AND_DANIEL,
    part1={
        **common("alder", "writing", last_year=False),
        "structure": "team",
        "team_range": "same_subject",
        "structure_remarks": "All three of us teach grade 7 science and share most of the students. In spring, the "
        "grade 6 science teachers may join.",
        "resources_remarks": "The half days are in the building budget. We still need a second set of digital scales.",
        "skills_knowledge": "Eleven years in middle school science, six of them in grade 7.\nFinished the district’s "
        "two-year program for coaches. Built our bank of lab reports with scored examples, which four schools use now.",
        "teachers_needs": "We talked in September. Daniel wants to spend less time on the steps of a lab and more on "
        "what the data means. Hannah is new to grade 7 science and asked for help with questions that open a "
        "discussion. Both want to score reports together, because our grades do not match.",
        "achievement_data": "State science test last spring, grade 7: 41% of points on questions that ask for "
        "evidence, against 66% on questions about facts.\nSeptember lab reports: 31 of 96 students wrote a conclusion "
        "that their data supports.",
    },
    first={
        "school_goal": "School improvement plan, goal 1: more students answer evidence questions well.",
        "achievement_data": "State science test last spring, grade 7: 41% of points on evidence questions.",
    },
    part2={
        "work_with": "the two other teachers of grade 7 science, Daniel Reyes and Hannah Lindqvist",
        "academic_goal": "More students can answer questions that ask for evidence from a text, a graph, or an "
        "experiment.",
        "content_goal": "In grade 7 science, students write lab reports in which the data supports the conclusion.",
        "work_helps": "We plan lab lessons together, agree on what a good conclusion looks like, and look at student "
        "reports every three weeks.",
        "improves": ticks("pedagogy", "higher_order"),
        "improves_remarks": "First: how we lead the talk after a lab. Then: how students judge each other’s evidence.",
        "technology": ticks("lessons"),
        "technology_remarks": "Sensors and shared graphs, so that groups can compare their data with the whole class.",
        "smart": ticks(specific="We wrote it together on two Tuesdays.", relevant="Goal 1 of the improvement plan."),
        "meeting_times": ticks(common_planning="Every second Tuesday, 45 minutes", after_school="Only if needed"),
        "usual_day": "Every second Tuesday, period 5, room 114",
    },
    steps=(
        Step("Maya", "brings nine lab reports, three from each class, without names", "our next meeting"),
        Step("Daniel and Hannah", "try the same question at the end of a lab", "before winter break"),
    ),
    measures=(
        Measure(
            "Lab reports with a conclusion that the data supports",
            "32%",
            "60%",
            (5, 8),
            "We score one set of reports together every six weeks, with our rubric.",
            ("34%", "39%", "44%"),
        ),
        Measure(
            "Students who say “I can explain why our data shows this”",
            "45%",
            "75%",
            (4, 24),
            "",
            ("45%", "52%"),
        ),
    ),
    said=(
        Said("principal", "basis", "The numbers make the need very clear. Thank you for leaving names out."),
        Said("coach", "resources_needed", "Second set of scales: the office found $180. I have crossed my fingers."),
        Said(
            "teacher",
            "goal_builder",
            "Can we say “every three weeks” only if we get the period 5 swap? Otherwise four.",
        ),
        Said("teacher2", "measures", "I can make the three-question survey. Anonymous, on paper, two minutes."),
        Said("coach", "goal", "Draft statement next Tuesday, so that we all word it together."),
    ),
)

SUMMARIES = Story(
    coach="fuentes",
    school="alder",
    stage=Stage.SUBMITTED,
    begun=13,
    teachers=("rahman", "mbeki"),
    part1={
        **common("alder", "reading", last_year=False),
        "structure": "team",
        "team_range": "same_grade",
        "skills_knowledge": "Fourteen years of grade 6 English language arts. Trained in reciprocal teaching. "
        "Colleagues ask me for short texts that students really want to read.",
        "teachers_needs": "Aisha and Colin asked for a routine that works in 15 minutes. In our survey, both named the "
        "same thing as the hardest part: students copy sentences when they should sum up.",
        "achievement_data": "Fall benchmark, grade 6: 39% of our students found the main idea of an informational "
        "text, 51% in the district. In 118 written summaries, 64 were mostly copied.",
        "tell_principal": "We meet on the first Monday of each month for 20 minutes. I bring one page with dates and "
        "topics.",
    },
    said=(
        Said("fuentes", "basis", "I can bring the scored summaries to our Monday talk if you would like to see them."),
    ),
)

MATH_TALK = Story(
    coach="novak",
    school="alder",
    stage=Stage.DRAFT,
    begun=21,
    teachers=("park", "oyelaran"),
    part1={
        **common("alder", "mathematics", last_year=False),
        "structure": "team",
        "team_range": "same_subject",
        "will_not_do": "Does not evaluate. Will report to the principal when a lesson does not follow the plan.",
        "skills_knowledge": "Mathematics in grades 7 and 8 for nine years. Two summers of training in leading "
        "classroom talk.",
        "teachers_needs": "Joon and Grace want their students to explain, not just answer. They asked to watch a "
        "lesson in which that works, and then to plan one together.",
        "achievement_data": "Unit tests, grade 8: 72% right on exercises, 34% on tasks that ask “How do you know?”.",
        "resources": ticks(release_time="Weekly, one period for each of us"),
    },
    returned="Two things before I can approve. Weekly release time for three people is more than we can cover: please "
    "plan with two half days each. And “report to the principal when a lesson does not follow the plan” is not what a "
    "coach does here. Please take that sentence out, so that colleagues can trust you.",
    corrected={"resources": ticks(release_time="Two half days for each of us")},
    said=(
        Said("principal", "resources_needed", "Our two substitutes can cover 24 half days in all this year."),
        Said("principal", "roles", "I do not want reports about lessons. Coaching is yours."),
        Said("novak", "roles", "You are right. I took that from an old form. I will change it this week."),
    ),
)

WORD_PROBLEMS = Story(
    coach="thornton",
    school="alder",
    stage=Stage.APPROVED,
    begun=34,
    teachers=("castellano",),
    part1={
        **common("alder", "mathematics", last_year=False),
        "structure": "one_to_one",
        "structure_remarks": "We share one inclusion class in period 2.",
        "skills_knowledge": "Sixteen years in special education, certified in mathematics through grade 8. I know how "
        "to take a word problem apart without taking the thinking away.",
        "teachers_needs": "Elena has nine students with a learning plan in one class and asked how to help them start "
        "a problem on their own.",
        "achievement_data": "September: 6 of 28 students in period 2 began a two-step word problem without help. Among "
        "students with a learning plan, 1 of 9.",
        "resources_remarks": "No extra cost: we already share a planning period.",
    },
    changed={
        "structure": "team",
        "team_range": "broader",
        "structure_remarks": "We share one inclusion class in period 2. From January, Joon Park’s grade 8 class joins, "
        "because four of our students move on to him.",
    },
    said=(Said("principal", "coaching_structure", "Good start. Tell me if it grows."),),
)

LANGUAGE = Story(
    coach="haddad",
    school="alder",
    stage=Stage.DRAFT,
    begun=9,
    teachers=("rahman",),
    invited=("teacher",),
    part1={
        "state_goal": common("alder", "writing", last_year=False)["state_goal"],
        "school_goal": common("alder", "writing", last_year=False)["school_goal"],
        "structure": "team",
        "team_range": "broader",
        "skills_knowledge": "Seven years of teaching English learners, in three schools. I speak Arabic and French and "
        "have trained 20 colleagues in sentence frames and word walls.",
        "teachers_needs": "Teachers of every subject ask me the same question: how do I help a student who knows the "
        "answer but not the words? I would like to start with one English and one science class.",
    },
)

RATIOS = Story(
    coach="castellano",
    school="alder",
    stage=Stage.APPROVED,
    begun=30,
    part1={
        **common("alder", "technology", last_year=False),
        "structure": "one_to_one",
        "teachers_later": ticks("later"),
        "skills_knowledge": "Grade 7 mathematics for five years, and two years in an office where spreadsheets were my "
        "daily bread. I wrote the unit on ratios that grade 7 uses now.",
        "teachers_needs": "Two colleagues will join us in January. Until then I go by our spring survey: most teachers "
        "of mathematics use the laptops for drill only and would like to do more.",
        "achievement_data": "Grade 7, spring test: 48% right on ratio tasks, 29% on ratio tasks with a table or a "
        "graph.",
    },
)

PLANS = (EVIDENCE, SUMMARIES, MATH_TALK, WORD_PROBLEMS, LANGUAGE, RATIOS)
