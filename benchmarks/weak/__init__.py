"""The laboratory: messages over bad wires, beside other clients on the same wire.

``python -m benchmarks.weak`` prints one JSON object. Linux, as root, with iproute2, util-linux,
mosquitto and prosody (none of them needs to run; the benchmark starts its own).

Two network namespaces are joined by a wire in user space (:mod:`benchmarks.wire`,
:mod:`benchmarks.weak.pump`). One message a second goes from each product's sender to its receiver,
all over the same wire at the same time, and each message is timed from the moment it was handed to
the sender until it is in the receiver's hand. ``--sides`` says who is behind the bad wire: the
sender, the receiver (the other one is then beside the servers), or both, each with a connection of
its own. All connect while the wire has none of its faults yet, without TLS.

- **phobos**: the chat's session with its outbox, against phobos-server
- **mqtt**: paho-mqtt, QoS 1, a kept session, on mosquitto
- **ws**, **sio**: websockets and python-socketio with an application's own resend
- **xmpp**: slixmpp with stream management, on prosody
- **tls**, **quic**: netcore's short link alone, over TCP with TLS and over QUIC; the tasks may come
  twice, so that early data may carry them
- **single**: netcore's tasks alone, without an outbox or ids; ``stored_twice`` counts what the
  server has more than once (sender's side only)

A message that is not there 30 s after it was sent is late; one that does not come within a minute
on such a wire after that is lost. ``bytes_a_message`` are those of IP packets that entered the
wire, lost ones and acknowledgements too, both ways. ``order_broken`` looks at what the receiver's
person sees in the end.
"""
