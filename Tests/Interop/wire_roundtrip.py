"""The Python side of the Wire property test (Tests/WireTests/PythonInteropTests.swift).

    wire_roundtrip.py SWIFT.bin PYTHON.bin

Reads the messages that Swift wrote, checks that their binary and JSON forms are one message, and writes them again
in Python's forms, followed by random messages of its own of every type of proto/. A file is a sequence of records
of three chunks (full name, binary, JSON), each after its 32-bit little-endian length.
"""

import math
import pathlib
import random
import struct
import sys
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor as Field
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
JSON_OPTIONS = [
    {},
    {"preserving_proto_field_name": True, "use_integers_for_enums": True},
    {"indent": None, "always_print_fields_with_no_presence": True},
]
TEXT = 'aZ0 "\\/\n\t\0\x1f\x7féß\u2028漢\ufffd😀\U0010ffff'


def load():
    """The message classes of proto/ by full name, made by Python's own protoc."""
    files = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        status = protoc.main(["protoc", f"--proto_path={PROTO}", f"--descriptor_set_out={out.name}", *files])
        assert status == 0, "protoc failed"
        descriptors = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    names = [name for file in descriptors.file for name in message_names(file.package, file.message_type)]
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names}


def message_names(scope, messages):
    """Full names of messages and of those within them, without the entries of maps."""
    for message in messages:
        if not message.options.map_entry:
            yield f"{scope}.{message.name}"
            yield from message_names(f"{scope}.{message.name}", message.nested_type)


def records(data):
    chunks = []
    while data:
        (size,) = struct.unpack_from("<I", data)
        chunks.append(data[4 : 4 + size])
        data = data[4 + size :]
    return [tuple(chunks[i : i + 3]) for i in range(0, len(chunks), 3)]


def scalar(field, rng):
    kind = field.type
    if kind == Field.TYPE_BOOL:
        return rng.random() < 0.5
    if kind == Field.TYPE_STRING:
        return "".join(rng.choices(TEXT, k=rng.choice([0, 1, 5, 20])))
    if kind == Field.TYPE_BYTES:
        return rng.randbytes(rng.choice([0, 1, 2, 3, 4, 1000]))
    if kind == Field.TYPE_ENUM:
        return rng.choice([0, 1, 2, 3, 99, -1])
    if kind == Field.TYPE_FLOAT:
        return struct.unpack("<f", struct.pack("<f", rng.choice([0, 1, math.nan, math.inf, rng.uniform(-1, 1)])))[0]
    if kind == Field.TYPE_DOUBLE:
        return rng.choice([0, 1, math.nan, -math.inf, 5e-324, 1.7976931348623157e308, rng.uniform(-1e9, 1e9)])
    if kind in (Field.TYPE_INT32, Field.TYPE_INT64):
        bits = 31 if kind == Field.TYPE_INT32 else 63
        return rng.choice([0, 1, -1, 2**bits - 1, -(2**bits), rng.randrange(-(2**bits), 2**bits)])
    if kind in (Field.TYPE_UINT32, Field.TYPE_UINT64):
        bits = 32 if kind == Field.TYPE_UINT32 else 64
        return rng.choice([0, 1, 2**bits - 1, rng.randrange(2**bits)])
    raise NotImplementedError(f"{field.full_name}: teach this test the type {kind}")


def fill(message, rng):
    for field in message.DESCRIPTOR.fields:
        is_message = field.type == Field.TYPE_MESSAGE
        if is_message and field.message_type.GetOptions().map_entry:
            for _ in range(rng.randrange(2)):  # the order of entries and empty keys are each writer's own
                fill(getattr(message, field.name)["k" + scalar(field.message_type.fields_by_name["key"], rng)], rng)
        elif field.containing_oneof and not is_message:
            if rng.random() < 0.5:
                setattr(message, field.name, scalar(field, rng))
        elif field.is_repeated:
            values = getattr(message, field.name)
            for _ in range(rng.randrange(4)):
                fill(values.add(), rng) if is_message else values.append(scalar(field, rng))
        elif not is_message:
            setattr(message, field.name, scalar(field, rng))
        elif rng.random() < 0.5:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), rng)
    return message


def write(out, message, options):
    chunks = [message.DESCRIPTOR.full_name.encode(), message.SerializeToString(deterministic=True)]
    chunks.append(json_format.MessageToJson(message, **options).encode())
    for chunk in chunks:
        out.write(struct.pack("<I", len(chunk)) + chunk)


def main(swift_file, python_file):
    classes = load()
    with open(python_file, "wb") as out:
        received = records(pathlib.Path(swift_file).read_bytes())
        assert {name.decode() for name, _, _ in received} == set(classes), "a message type is missing"
        for index, (name, binary, json) in enumerate(received):
            message = classes[name.decode()].FromString(binary)
            same = json_format.Parse(json.decode(), classes[name.decode()]())
            assert message.SerializeToString(deterministic=True) == binary, f"binary form of {name}: {message}"
            assert same.SerializeToString(deterministic=True) == binary, f"JSON form of {name}: {json}"
            write(out, message, JSON_OPTIONS[index % 3])
        rng = random.Random(1)
        for index in range(3 * 20 * len(classes)):
            message = fill(list(classes.values())[index % len(classes)](), rng)
            write(out, message, JSON_OPTIONS[index // len(classes) % 3])


if __name__ == "__main__":
    main(*sys.argv[1:])
