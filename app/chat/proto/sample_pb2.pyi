from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HelloRequest(_message.Message):
    __slots__ = ("user", "text", "dump_content")
    USER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DUMP_CONTENT_FIELD_NUMBER: _ClassVar[int]
    user: str
    text: str
    dump_content: bytes
    def __init__(self, user: _Optional[str] = ..., text: _Optional[str] = ..., dump_content: _Optional[bytes] = ...) -> None: ...

class HelloResponse(_message.Message):
    __slots__ = ("retcode", "errmsg", "dump_content")
    RETCODE_FIELD_NUMBER: _ClassVar[int]
    ERRMSG_FIELD_NUMBER: _ClassVar[int]
    DUMP_CONTENT_FIELD_NUMBER: _ClassVar[int]
    retcode: int
    errmsg: str
    dump_content: bytes
    def __init__(self, retcode: _Optional[int] = ..., errmsg: _Optional[str] = ..., dump_content: _Optional[bytes] = ...) -> None: ...

class SendRequest(_message.Message):
    __slots__ = ("access_token", "to", "text", "topic")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    to: str
    text: str
    topic: str
    def __init__(self, access_token: _Optional[str] = ..., to: _Optional[str] = ..., text: _Optional[str] = ..., topic: _Optional[str] = ..., **kwargs) -> None: ...

class SendResponse(_message.Message):
    __slots__ = ("err_code", "err_msg", "text", "topic")
    ERR_CODE_FIELD_NUMBER: _ClassVar[int]
    ERR_MSG_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    err_code: int
    err_msg: str
    text: str
    topic: str
    def __init__(self, err_code: _Optional[int] = ..., err_msg: _Optional[str] = ..., text: _Optional[str] = ..., topic: _Optional[str] = ..., **kwargs) -> None: ...

class ListRequest(_message.Message):
    __slots__ = ("access_token", "type")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    type: int
    def __init__(self, access_token: _Optional[str] = ..., type: _Optional[int] = ...) -> None: ...

class ListResponse(_message.Message):
    __slots__ = ("list",)
    LIST_FIELD_NUMBER: _ClassVar[int]
    list: _containers.RepeatedCompositeFieldContainer[Topic]
    def __init__(self, list: _Optional[_Iterable[_Union[Topic, _Mapping]]] = ...) -> None: ...

class Topic(_message.Message):
    __slots__ = ("topic", "notice", "name")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    topic: str
    notice: str
    name: str
    def __init__(self, topic: _Optional[str] = ..., notice: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class TopicMessage(_message.Message):
    __slots__ = ("topic", "content")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    topic: str
    content: str
    def __init__(self, topic: _Optional[str] = ..., content: _Optional[str] = ..., **kwargs) -> None: ...
