"""Where the plans of the demo school are: found by who takes part and how they stand."""

from tests.browser.site import Site

_TAKES_PART = """
    EXISTS (SELECT 1 FROM participants t JOIN people o ON o.id = t.person_id
            WHERE t.document_id = d.id AND t.role = ? AND t.standing = ? AND o.email = ?)
"""


class Plans:
    """The plans of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def one(self, *, of: str = "", asked: str = "", principal: str = "", part1: str = "", earlier: bool = False) -> str:
        """The address of a plan of this school year (or of the last one) that someone leads, may join, or heads."""
        years = [year for (year,) in self.site.read("SELECT DISTINCT school_year FROM documents ORDER BY 1 DESC")]
        who = ("coach", "confirmed", of) if of else ("teacher", "invited", asked)
        role, standing, key = ("principal", "confirmed", principal) if principal else who
        found = self.site.read(
            f"SELECT d.public_id FROM documents d JOIN document_parts s ON s.document_id = d.id AND s.part = 'part1'"
            f" WHERE d.school_year = ? AND (? = '' OR s.state = ?) AND {_TAKES_PART} ORDER BY d.id",
            years[1 if earlier else 0],
            part1,
            part1,
            role,
            standing,
            f"{key}@example.org",
        )
        return f"/plans/{found[0][0]}"

    def agreement(self, *, of: str) -> str:
        """The address of a coaching agreement that someone leads."""
        found = self.site.read(
            f"SELECT d.public_id FROM documents d WHERE d.form = 'coaching_agreement' AND {_TAKES_PART} ORDER BY d.id",
            "coach",
            "confirmed",
            f"{of}@example.org",
        )
        return f"/plans/{found[0][0]}"

    def noted_session(self, *, of: str) -> dict[str, str]:
        """The address of a coaching session on which someone has private notes, that of the notes, and the public id
        in the plan of a teacher who is not in it."""
        found = self.site.read(
            "SELECT s.public_id, n.public_id, t.public_id FROM confidential_records n"
            " JOIN confidential_records s ON s.id = n.about_id JOIN people o ON o.id = n.created_by_id"
            " JOIN participants t ON t.document_id = s.plan_id AND t.role = 'teacher' AND t.person_id NOT IN"
            " (SELECT m.person_id FROM circle_members m WHERE m.circle_id = s.circle_id) WHERE o.email = ?",
            f"{of}@example.org",
        )
        session, notes, teacher = found[0]
        return {"session": f"/sessions/{session}", "notes": f"/notes/{notes}", "teacher2": teacher}

    def release(self) -> dict[str, str]:
        """Where the circle looks at its release of progress, and where its readers read it."""
        ((public_id,),) = self.site.read("SELECT public_id FROM releases")
        return {"release": f"/releases/{public_id}", "released": f"/released/{public_id}"}

    def row(self, prompt: str, *, of: str) -> str:
        """The key of a row in a list of that person's earlier plan."""
        public_id = self.one(of=of, earlier=True).removeprefix("/plans/")
        found = self.site.read(
            "SELECT a.row FROM answers a JOIN documents d ON d.id = a.document_id"
            " WHERE d.public_id = ? AND a.prompt = ? ORDER BY a.position",
            public_id,
            prompt,
        )
        return str(found[0][0])
