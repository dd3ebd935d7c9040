"""What vendors lend us."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class VendorToken(Base):
    """The one token that an account at a vendor has; every process sends with it, sealed by our key."""

    __tablename__ = "vendor_tokens"

    vendor: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    valid_until: Mapped[datetime]
