"""Where the answers of a release are kept: like those of every confidential record, but a change undoes the consents."""

from sqlalchemy import select, update

from ..database import session
from . import access_log
from .models import ConfidentialRecord, Consent
from .sealed_keeper import SealedKeeper

CHANGED = "changed after asking"


class ReleaseKeeper(SealedKeeper):
    """The answers of one release."""

    def settle(self, part: str) -> None:
        """Whatever was said about the text before this change is void: everybody is to be asked anew."""
        db = session()
        back = db.execute(
            update(ConfidentialRecord)
            .where(ConfidentialRecord.id == self.record_id, ConfidentialRecord.state == "asked")
            .values(state="draft")
            .returning(ConfidentialRecord.id),
            execution_options={"synchronize_session": False},
        )
        if back.scalar() is None:
            return
        for consent in db.scalars(
            select(Consent).where(Consent.record_id == self.record_id, Consent.kind == "release")
        ):
            db.delete(consent)
        db.flush()
        access_log.append(db, self.record_id, self.circle_id, CHANGED)
