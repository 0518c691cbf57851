"""What PostgreSQL may see of each column (docs/decisions/0020); in SQLCipher the whole file is sealed.

Every column is in one of three lists, and a test fails on one that is in none: `SEALED` under a random nonce;
`MATCHED` under a nonce that follows from the value, so that equal values of that column are seen to be equal;
`PLAIN`, which whoever steals the server's disk reads: random ids, days, states, numbers, hashes of what is
itself sealed, and words that are sealed under the key of their case already. `ERASABLE` are some of `SEALED`.
"""

from __future__ import annotations

from collections.abc import Mapping


def _places(columns: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{table}.{name}" for table, names in columns.items() for name in names.split())


SEALED = _places(
    {
        "assessment": "urgency reason",
        "assigned_text": "language into",
        "case": "key urgency urgency_reason reported close_reason language retention",
        "case_link": "kind",
        "consent": "identifiability fields how",
        "envelope": "content_hash language sha256",
        "epoch_seed": "seed",
        "export": "report",
        "kept_intake": "key",
        "instance": "name record openpgp_primary openpgp_passphrase operating_seed operating_certificate",
        # The hash as well: facts are few, and could be guessed from it.
        "ledger": "facts hash",
        "never_assign": "reason",
        "option": "offered_by choice",
        "passed_on": "identifiability fields purpose",
        "pending_part": "vault_key",
        "referral": "service purpose fields how sha256",
        "reply": "language",
        "server": "fingerprint sign_public transfer_public",
        "sheet_heading": "text",
        "stripped_copy": "sha256",
        "thread": "reply_public k_tag",
        "told": "language how",
    }
)
# Of these, the keys whose end must be the end of what they open: they are sealed under a key that changes.
ERASABLE = _places(
    {
        "case": "key",
        "epoch_seed": "seed",
        "instance": "operating_seed",
        "kept_intake": "key",
        "pending_part": "vault_key",
    }
)
MATCHED = _places(
    {
        "case": "alias",
        "case_code": "code",
        "consent": "purpose answer",
        "person": "desk",
        "person_language": "code",
        "person_role": "role",
        "person_skill": "code",
        "proposal": "matter",
        "reply_row": "tag",  # a server holds it too
        "server": "label",
        "thread": "alias thread",
        "translation": "language",
    }
)
PLAIN = _places(
    {
        "assessment": "id assessment_id case_pk author day batch review_day sealed_triage",
        "assigned_text": "id text_id thread_pk envelope_pk reply_pk interpreter author day handed_day length "
        "sealed_text sealed_draft",
        "case": "id case_id state opened_day closed_day owner review_day destroy_day merged_into muted",
        "case_code": "case_pk version author day",
        "case_link": "id case_pk other_pk author day",
        "consent": "id grant_id case_pk author second day expiry_day message_id ended ended_day sealed_words",
        "consent_source": "consent_pk thread_pk",
        "envelope": "id thread_pk message_id kind batch day sequence parent unread erased nested file_id "
        "size vault_name sealed_text sealed_intake sealed_file_name sealed_vault_key",
        "epoch_seed": "release day",
        "export": "id server_pk serial header_hash previous closing_day release",
        "held_directory": "id version day signed",  # public: it is printed, and passed around
        "hold": "id hold_id case_pk first second day until_day lifted_day sealed_reason",
        "instance": "id operating_last_day",
        "kept_form": "id kept_id case_pk person form day sealed_fields",
        "kept_intake": "id kept_id person day sealed_fields",
        "ledger": "number day kind subject actor commitment",
        "never_assign": "id person_pk case_id",
        "note": "id note_id case_pk author day sealed_text",
        "office_rule": "name on",
        "option": "id row_id option_id version case_pk author day sealed_words",
        "passed_on": "id row_id case_pk grant_id author day reference sealed_recipient",
        "pending_part": "id set_pk indexes vault_name",
        "pending_set": "id server_pk set_id last_serial",
        "person": "id person_id active added_day",
        "person_language": "person_pk",
        "person_role": "id person_pk since_day until_day",
        "person_skill": "person_pk",
        "proposal": "id proposal_id case_pk proposer day last_day sealed_terms",
        "redaction": "id redaction_id thread_pk envelope_pk version author day places sealed_ranges",
        "referral": "id referral_id case_pk grant_id author day proof_until sealed_wanted",
        "release_made": "sequence day last_epoch_day",
        "reply": "id reply_id thread_pk batch day state state_day automatic queued erased sealed_day "
        "expiry_day sealed_text",
        "reply_author": "reply_pk person_id",
        "reply_row": "id reply_pk release row tombstone",
        "server": "id server_id site_code retired key_serial chain_serial chain_hash chain_closing_day "
        "chain_release reported_release",
        # What a server got, byte for byte, sealed for it.
        "server_release": "server_pk sequence content_hash data confirmed",
        "sheet_heading": "language",
        "stripped_copy": "id copy_id derived_from thread_pk author day size vault_name sealed_vault_key",
        "task": "id task_id case_pk author day due_day done_day sealed_text",
        "thread": "id case_pk",
        "told": "id told_id thread_pk author day batch sealed_text",
        "translation": "id translation_id thread_pk envelope_pk reply_pk origin author day version "
        "sealed_text sealed_from",
        "withdrawal": "id thread_pk envelope_pk scope day reply_pk",
    }
)
