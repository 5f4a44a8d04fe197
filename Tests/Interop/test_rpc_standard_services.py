"""Health and reflection as their official clients see them."""

import pathlib

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from conftest import ROOT

SERVICE = "hilum.conformance.v1.ConformanceService"
STANDARD = [
    "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
]  # fmt: skip
Status = health_pb2.HealthCheckResponse


@pytest.fixture
def channel(conformance):
    with grpc.insecure_channel(conformance.address) as channel:
        yield channel


# Health


def test_check_knows_every_service(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ["", SERVICE, *STANDARD]:
        assert stub.Check(health_pb2.HealthCheckRequest(service=name)).status == Status.SERVING
    with pytest.raises(grpc.RpcError) as error:
        stub.Check(health_pb2.HealthCheckRequest(service="no.Such"))
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_list_names_every_service(channel):
    statuses = health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest()).statuses
    assert {"", SERVICE, *STANDARD} <= set(statuses)
    assert {value.status for value in statuses.values()} == {Status.SERVING}


def test_watch_tells_the_state_at_once_and_at_each_change(new_conformance):
    server = new_conformance()
    with grpc.insecure_channel(server.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        watches = [stub.Watch(health_pb2.HealthCheckRequest(service=name)) for name in ["", SERVICE]]
        unknown = stub.Watch(health_pb2.HealthCheckRequest(service="no.Such"))
        assert next(unknown).status == Status.SERVICE_UNKNOWN
        assert [next(watch).status for watch in watches] == [Status.SERVING] * 2
        server.get("/not-ready")
        assert [next(watch).status for watch in watches] == [Status.NOT_SERVING] * 2
        server.get("/ready")
        assert [next(watch).status for watch in watches] == [Status.SERVING] * 2
        server.process.terminate()
        assert [next(watch).status for watch in watches] == [Status.NOT_SERVING] * 2
        for watch in [*watches, unknown]:
            assert list(watch) == []
            assert watch.code() == grpc.StatusCode.OK
        assert server.process.wait(timeout=30) == 0


def test_a_channel_that_checks_health_follows_it(new_conformance, stubs):
    """grpcio's own health checking: the calls go where the state is SERVING."""
    server = new_conformance()
    config = '{"healthCheckConfig": {"serviceName": "%s"}, "loadBalancingConfig": [{"round_robin": {}}]}' % SERVICE
    options = [("grpc.service_config", config), ("grpc.enable_retries", 0)]
    with grpc.insecure_channel(server.address, options=options) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        request = stubs.conformance_pb2.ConformanceRequest()
        stub.Unary(request, timeout=30, wait_for_ready=True)
        server.get("/not-ready")
        states = []
        channel.subscribe(states.append, try_to_connect=True)
        for _ in range(200):
            try:
                stub.Unary(request, timeout=30)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE
                break
        else:
            pytest.fail("the channel never heard that the service is not ready")
        server.get("/ready")
        stub.Unary(request, timeout=30, wait_for_ready=True)


# Reflection


def test_the_official_client_calls_a_method_it_has_no_stub_of(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    assert {SERVICE, *STANDARD} <= set(database.get_services())
    pool = descriptor_pool.DescriptorPool(database)
    method = pool.FindServiceByName(SERVICE).FindMethodByName("Unary")
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    call = channel.unary_unary(
        f"/{SERVICE}/Unary", request_serializer=request.SerializeToString, response_deserializer=response.FromString)
    assert call(request(payload=b"by reflection")).payload == b"by reflection"
    assert pool.FindMessageTypeByName("hilum.conformance.v1.ConformanceFailure")
    with pytest.raises(KeyError):
        pool.FindMessageTypeByName("no.Such")


@pytest.fixture(scope="session", params=["v1", "v1alpha"])
def reflection(request, tmp_path_factory):
    """The messages of either package, and a function that asks a channel."""
    from grpc_tools import protoc

    package, out = f"grpc.reflection.{request.param}", tmp_path_factory.mktemp("reflection") / "set"
    file = f"grpc/reflection/{request.param}/reflection.proto"
    assert protoc.main(["protoc", f"-I{ROOT / 'proto'}", f"--descriptor_set_out={out}", file]) == 0
    pool = descriptor_pool.DescriptorPool()
    for descriptor in descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out).read_bytes()).file:
        pool.Add(descriptor)
    messages = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
        for name in ["ServerReflectionRequest", "ServerReflectionResponse"]
    }

    def ask(channel, *questions):
        call = channel.stream_stream(
            f"/{package}.ServerReflection/ServerReflectionInfo",
            request_serializer=messages["ServerReflectionRequest"].SerializeToString,
            response_deserializer=messages["ServerReflectionResponse"].FromString)
        return list(call(iter([messages["ServerReflectionRequest"](host="here", **question) for question in questions])))

    return ask


def files(answer):
    descriptors = answer.file_descriptor_response.file_descriptor_proto
    return [descriptor_pb2.FileDescriptorProto.FromString(data) for data in descriptors]


def test_services_are_listed(reflection, channel):
    (answer,) = reflection(channel, {"list_services": "*"})
    names = [service.name for service in answer.list_services_response.service]
    assert {SERVICE, *STANDARD} <= set(names) and names == sorted(names)
    assert answer.valid_host == "here" and answer.original_request.list_services == "*"


@pytest.mark.parametrize("question", [
    {"file_by_filename": "hilum/conformance/v1/conformance.proto"},
    {"file_containing_symbol": SERVICE},
    {"file_containing_symbol": SERVICE + ".Unary"},
    {"file_containing_symbol": "hilum.conformance.v1.ConformanceRequest"},
    {"file_containing_symbol": "hilum.conformance.v1.ConformanceRequest.payload"},
])  # fmt: skip
def test_files_are_found(reflection, channel, question):
    (answer,) = reflection(channel, question)
    assert files(answer)[0].name == "hilum/conformance/v1/conformance.proto"
    assert files(answer)[0].service[0].name == "ConformanceService"


def test_nested_names_are_found(reflection, channel):
    for symbol in ["grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc.health.v1.HealthCheckResponse.SERVING"]:
        (answer,) = reflection(channel, {"file_containing_symbol": symbol})
        assert files(answer)[0].name == "grpc/health/v1/health.proto"


@pytest.mark.parametrize("question", [
    {"file_by_filename": "no/such.proto"}, {"file_containing_symbol": "no.Such"}, {"file_containing_symbol": ""},
    {"file_containing_extension": {"containing_type": "hilum.conformance.v1.ConformanceRequest", "extension_number": 7}},
    {"all_extension_numbers_of_type": "no.Such"},
    {"file_by_filename": "hilum/v1/triage.proto"},  # of no service that is here
])  # fmt: skip
def test_what_is_not_there_is_not_found_and_the_stream_goes_on(reflection, channel, question):
    answers = reflection(channel, question, {"list_services": ""})
    assert answers[0].error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    assert answers[0].error_response.error_message
    assert answers[1].list_services_response.service


def test_a_message_without_extensions_has_none(reflection, channel):
    (answer,) = reflection(channel, {"all_extension_numbers_of_type": "hilum.conformance.v1.ConformanceRequest"})
    assert answer.all_extension_numbers_response.base_type_name == "hilum.conformance.v1.ConformanceRequest"
    assert list(answer.all_extension_numbers_response.extension_number) == []


def test_a_request_that_asks_nothing_is_refused(reflection, channel):
    (answer,) = reflection(channel, {})
    assert answer.error_response.error_code == grpc.StatusCode.INVALID_ARGUMENT.value[0]


def test_files_come_with_what_they_import(reflection, system):
    """The gateway's services import common.proto."""
    with grpc.insecure_channel(f"127.0.0.1:{system.port('gateway')}") as channel:
        (answer,) = reflection(channel, {"file_containing_symbol": "hilum.v1.TriageService"})
    found = files(answer)
    assert found[0].name == "hilum/v1/triage.proto"
    assert set(found[0].dependency) <= {file.name for file in found}


@pytest.mark.parametrize("service", ["gateway", "classifier", "planning"])
def test_every_program_has_health_and_reflection(reflection, system, service):
    with grpc.insecure_channel(f"127.0.0.1:{system.port(service)}") as channel:
        (answer,) = reflection(channel, {"list_services": ""})
        names = {entry.name for entry in answer.list_services_response.service}
        assert set(STANDARD) < names
        stub = health_pb2_grpc.HealthStub(channel)
        for name in names:
            assert stub.Check(health_pb2.HealthCheckRequest(service=name)).status == Status.SERVING
        # Whatever is listed can be found, with all that it needs.
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        for name in names:
            assert pool.FindServiceByName(name).full_name == name
