from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Code(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OK: _ClassVar[Code]
    SERVER_ERROR: _ClassVar[Code]
    BAD_REQUEST: _ClassVar[Code]
    NOT_SUPPORTED: _ClassVar[Code]
    SERVER_FULL: _ClassVar[Code]
    WRONG_PASSWORD: _ClassVar[Code]
    NAME_TAKEN: _ClassVar[Code]
    BAD_NAME: _ClassVar[Code]
    BAD_PASSWORD: _ClassVar[Code]
    TOO_MANY_ATTEMPTS: _ClassVar[Code]
    NOT_LOGGED_IN: _ClassVar[Code]
    SESSION_EXPIRED: _ClassVar[Code]
    NAME_LOOKS_TAKEN: _ClassVar[Code]
    EMPTY: _ClassVar[Code]
    TOO_LONG: _ClassVar[Code]
    NO_SUCH_CONVERSATION: _ClassVar[Code]
    NOT_A_MEMBER: _ClassVar[Code]
    NO_SUCH_PERSON: _ClassVar[Code]
    BAD_MEMBERS: _ClassVar[Code]
    BAD_TITLE: _ClassVar[Code]
    TOO_MANY_MESSAGES: _ClassVar[Code]
    TOO_MANY_REQUESTS: _ClassVar[Code]
    TOO_EARLY: _ClassVar[Code]
    STORE_CHANGED: _ClassVar[Code]
    NO_SUCH_BODY: _ClassVar[Code]
    BODY_TOO_LARGE: _ClassVar[Code]
    QUOTA_FULL: _ClassVar[Code]
    BAD_BODY: _ClassVar[Code]

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECT: _ClassVar[Kind]
    GROUP: _ClassVar[Kind]
    PUBLIC: _ClassVar[Kind]
OK: Code
SERVER_ERROR: Code
BAD_REQUEST: Code
NOT_SUPPORTED: Code
SERVER_FULL: Code
WRONG_PASSWORD: Code
NAME_TAKEN: Code
BAD_NAME: Code
BAD_PASSWORD: Code
TOO_MANY_ATTEMPTS: Code
NOT_LOGGED_IN: Code
SESSION_EXPIRED: Code
NAME_LOOKS_TAKEN: Code
EMPTY: Code
TOO_LONG: Code
NO_SUCH_CONVERSATION: Code
NOT_A_MEMBER: Code
NO_SUCH_PERSON: Code
BAD_MEMBERS: Code
BAD_TITLE: Code
TOO_MANY_MESSAGES: Code
TOO_MANY_REQUESTS: Code
TOO_EARLY: Code
STORE_CHANGED: Code
NO_SUCH_BODY: Code
BODY_TOO_LARGE: Code
QUOTA_FULL: Code
BAD_BODY: Code
DIRECT: Kind
GROUP: Kind
PUBLIC: Kind

class Answer(_message.Message):
    __slots__ = ("code", "detail", "retry_after", "result", "server_time_ms")
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    code: Code
    detail: str
    retry_after: int
    result: bytes
    server_time_ms: int
    def __init__(self, code: _Optional[_Union[Code, str]] = ..., detail: _Optional[str] = ..., retry_after: _Optional[int] = ..., result: _Optional[bytes] = ..., server_time_ms: _Optional[int] = ...) -> None: ...

class Credentials(_message.Message):
    __slots__ = ("name", "password", "device")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    name: str
    password: str
    device: str
    def __init__(self, name: _Optional[str] = ..., password: _Optional[str] = ..., device: _Optional[str] = ...) -> None: ...

class LoggedIn(_message.Message):
    __slots__ = ("name", "token", "server_id", "identified", "epoch")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIED_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    name: str
    token: str
    server_id: str
    identified: bool
    epoch: bytes
    def __init__(self, name: _Optional[str] = ..., token: _Optional[str] = ..., server_id: _Optional[str] = ..., identified: _Optional[bool] = ..., epoch: _Optional[bytes] = ...) -> None: ...

class Identify(_message.Message):
    __slots__ = ("token", "device")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    token: str
    device: str
    def __init__(self, token: _Optional[str] = ..., device: _Optional[str] = ...) -> None: ...

class Identified(_message.Message):
    __slots__ = ("name", "server_id", "epoch")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    name: str
    server_id: str
    epoch: bytes
    def __init__(self, name: _Optional[str] = ..., server_id: _Optional[str] = ..., epoch: _Optional[bytes] = ...) -> None: ...

class LogOut(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Content(_message.Message):
    __slots__ = ("type", "version", "body")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    type: str
    version: int
    body: bytes
    def __init__(self, type: _Optional[str] = ..., version: _Optional[int] = ..., body: _Optional[bytes] = ...) -> None: ...

class MessageInfo(_message.Message):
    __slots__ = ("conversation_id", "seq", "sender", "client_id", "text", "time_ms", "content", "revision")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    seq: int
    sender: str
    client_id: str
    text: str
    time_ms: int
    content: bytes
    revision: int
    def __init__(self, conversation_id: _Optional[str] = ..., seq: _Optional[int] = ..., sender: _Optional[str] = ..., client_id: _Optional[str] = ..., text: _Optional[str] = ..., time_ms: _Optional[int] = ..., content: _Optional[bytes] = ..., revision: _Optional[int] = ...) -> None: ...

class ConversationInfo(_message.Message):
    __slots__ = ("id", "kind", "title", "members", "last_seq", "read_seq", "revision", "last")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQ_FIELD_NUMBER: _ClassVar[int]
    READ_SEQ_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: Kind
    title: str
    members: _containers.RepeatedScalarFieldContainer[str]
    last_seq: int
    read_seq: int
    revision: int
    last: MessageInfo
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ..., title: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ..., last_seq: _Optional[int] = ..., read_seq: _Optional[int] = ..., revision: _Optional[int] = ..., last: _Optional[_Union[MessageInfo, _Mapping]] = ...) -> None: ...

class Sync(_message.Message):
    __slots__ = ("since", "epoch", "seen", "wait")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    since: int
    epoch: bytes
    seen: int
    wait: int
    def __init__(self, since: _Optional[int] = ..., epoch: _Optional[bytes] = ..., seen: _Optional[int] = ..., wait: _Optional[int] = ...) -> None: ...

class Synced(_message.Message):
    __slots__ = ("conversations", "revision", "more", "epoch", "diverged")
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    DIVERGED_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedCompositeFieldContainer[ConversationInfo]
    revision: int
    more: bool
    epoch: bytes
    diverged: bool
    def __init__(self, conversations: _Optional[_Iterable[_Union[ConversationInfo, _Mapping]]] = ..., revision: _Optional[int] = ..., more: _Optional[bool] = ..., epoch: _Optional[bytes] = ..., diverged: _Optional[bool] = ...) -> None: ...

class Acknowledge(_message.Message):
    __slots__ = ("revisions",)
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    revisions: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, revisions: _Optional[_Iterable[int]] = ...) -> None: ...

class Pull(_message.Message):
    __slots__ = ("conversation_id", "after", "before", "limit")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    after: int
    before: int
    limit: int
    def __init__(self, conversation_id: _Optional[str] = ..., after: _Optional[int] = ..., before: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class Pulled(_message.Message):
    __slots__ = ("messages", "more")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[MessageInfo]
    more: bool
    def __init__(self, messages: _Optional[_Iterable[_Union[MessageInfo, _Mapping]]] = ..., more: _Optional[bool] = ...) -> None: ...

class Send(_message.Message):
    __slots__ = ("conversation_id", "client_id", "text", "content", "after", "epoch", "seen", "bodies")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    BODIES_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    client_id: str
    text: str
    content: bytes
    after: str
    epoch: bytes
    seen: int
    bodies: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, conversation_id: _Optional[str] = ..., client_id: _Optional[str] = ..., text: _Optional[str] = ..., content: _Optional[bytes] = ..., after: _Optional[str] = ..., epoch: _Optional[bytes] = ..., seen: _Optional[int] = ..., bodies: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Numbered(_message.Message):
    __slots__ = ("client_id", "seq", "time_ms", "revision")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    seq: int
    time_ms: int
    revision: int
    def __init__(self, client_id: _Optional[str] = ..., seq: _Optional[int] = ..., time_ms: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class Sent(_message.Message):
    __slots__ = ("seq", "time_ms", "duplicate", "released", "revision", "epoch")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    seq: int
    time_ms: int
    duplicate: bool
    released: _containers.RepeatedCompositeFieldContainer[Numbered]
    revision: int
    epoch: bytes
    def __init__(self, seq: _Optional[int] = ..., time_ms: _Optional[int] = ..., duplicate: _Optional[bool] = ..., released: _Optional[_Iterable[_Union[Numbered, _Mapping]]] = ..., revision: _Optional[int] = ..., epoch: _Optional[bytes] = ...) -> None: ...

class Create(_message.Message):
    __slots__ = ("members", "title", "client_id", "id")
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    members: _containers.RepeatedScalarFieldContainer[str]
    title: str
    client_id: str
    id: str
    def __init__(self, members: _Optional[_Iterable[str]] = ..., title: _Optional[str] = ..., client_id: _Optional[str] = ..., id: _Optional[str] = ...) -> None: ...

class MarkRead(_message.Message):
    __slots__ = ("conversation_id", "seq")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    seq: int
    def __init__(self, conversation_id: _Optional[str] = ..., seq: _Optional[int] = ...) -> None: ...

class Find(_message.Message):
    __slots__ = ("prefix", "limit")
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    prefix: str
    limit: int
    def __init__(self, prefix: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class Found(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class LoggedOut(_message.Message):
    __slots__ = ("code",)
    CODE_FIELD_NUMBER: _ClassVar[int]
    code: Code
    def __init__(self, code: _Optional[_Union[Code, str]] = ...) -> None: ...

class Upload(_message.Message):
    __slots__ = ("hash", "size", "offset", "data")
    HASH_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    hash: bytes
    size: int
    offset: int
    data: bytes
    def __init__(self, hash: _Optional[bytes] = ..., size: _Optional[int] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class Uploaded(_message.Message):
    __slots__ = ("held", "complete")
    HELD_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    held: int
    complete: bool
    def __init__(self, held: _Optional[int] = ..., complete: _Optional[bool] = ...) -> None: ...

class Download(_message.Message):
    __slots__ = ("hash", "offset", "limit")
    HASH_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    hash: bytes
    offset: int
    limit: int
    def __init__(self, hash: _Optional[bytes] = ..., offset: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class Downloaded(_message.Message):
    __slots__ = ("size", "data")
    SIZE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    size: int
    data: bytes
    def __init__(self, size: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class File(_message.Message):
    __slots__ = ("name", "type", "size", "hash", "caption", "width", "height", "thumbnail", "blur")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    CAPTION_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    THUMBNAIL_FIELD_NUMBER: _ClassVar[int]
    BLUR_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    size: int
    hash: bytes
    caption: str
    width: int
    height: int
    thumbnail: bytes
    blur: bytes
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., size: _Optional[int] = ..., hash: _Optional[bytes] = ..., caption: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., thumbnail: _Optional[bytes] = ..., blur: _Optional[bytes] = ...) -> None: ...

class Reply(_message.Message):
    __slots__ = ("seq", "sender", "excerpt")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    EXCERPT_FIELD_NUMBER: _ClassVar[int]
    seq: int
    sender: str
    excerpt: str
    def __init__(self, seq: _Optional[int] = ..., sender: _Optional[str] = ..., excerpt: _Optional[str] = ...) -> None: ...
