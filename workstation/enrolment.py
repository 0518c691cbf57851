"""Servers: taking one in, letting one go, and what is shown of them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from sluis.export import NO_HASH
from sluis.instance import EnrolmentRequest, InstanceRecord
from sluis.limits import site_by_code
from workstation.chain import missing_serials
from workstation.errors import AlreadyExists, UnknownItem
from workstation.ids import item_id
from workstation.models import Instance, ReleaseMade, Server
from workstation.records import OfficeInfo, ServerInfo

_LABEL_MAX = 60


def enrol(session: Session, request: bytes, label: str) -> ServerInfo:
    """Raises a FormatError, WrongInstance, BadSignature, or AlreadyExists (the server, or the label)."""
    record = InstanceRecord.parse(session.get_one(Instance, 1).record)
    asked = EnrolmentRequest.parse(request, record.instance_id)
    if not label.strip() or len(label) > _LABEL_MAX:
        raise BadField("a label has 1 to 60 characters")
    same = select(Server).where((Server.server_id == asked.server_id) | (Server.label == label))
    if session.scalar(same) is not None:
        raise AlreadyExists("that server, or a server of that name, is enrolled already")
    server = Server(
        server_id=asked.server_id,
        label=label,
        site_code=asked.site.code,
        sign_public=asked.sign_public,
        fingerprint=asked.fingerprint,
        transfer_public=asked.transfer_public,
        chain_hash=NO_HASH,
    )
    session.add(server)
    session.flush()
    return server_info(session, server)


def retire(session: Session, server_id: str) -> None:
    """Raises UnknownItem."""
    server = session.scalar(select(Server).where(Server.server_id == item_id(server_id)))
    if server is None:
        raise UnknownItem("no such server")
    server.retired = True


def server_info(session: Session, server: Server) -> ServerInfo:
    """What is shown of one server."""
    return ServerInfo(
        server_id=server.server_id.hex(),
        label=server.label,
        site=site_by_code(server.site_code),
        fingerprint=server.fingerprint,
        last_serial=server.chain_serial,
        closing_day=server.chain_closing_day,
        missing_serials=missing_serials(session, server),
    )


def office_info(session: Session) -> OfficeInfo:
    """What is shown of the instance and its servers in use."""
    instance = session.get_one(Instance, 1)
    record = InstanceRecord.parse(instance.record)
    servers = session.scalars(select(Server).where(Server.retired.is_(False)).order_by(Server.id))
    return OfficeInfo(
        instance_id=record.instance_id.hex(),
        instance_name=instance.name,
        training=record.training,
        fingerprint=record.fingerprint,
        record=instance.record,
        openpgp_fingerprint=instance.openpgp_primary,
        operating_last_day=instance.operating_last_day,
        newest_release=session.scalar(select(func.max(ReleaseMade.sequence))) or 0,
        servers=tuple(server_info(session, server) for server in servers),
    )
