// The requestor's side of an association.
#include "Handles.h"

#include <string>

using namespace hilum;

namespace {

T_ASC_SC_ROLE proposed(dul_role role) {
    switch (role) {
        case DUL_REQUESTOR_PROVIDES: return ASC_SC_ROLE_SCP;
        case DUL_REQUESTOR_DOES_BOTH: return ASC_SC_ROLE_SCUSCP;
        case DUL_REQUESTOR_USES: return ASC_SC_ROLE_DEFAULT;
    }
    return ASC_SC_ROLE_DEFAULT;
}

OFCondition prepare(dul_association &made, const dul_request &request) {
    OFCondition condition = ASC_initializeNetwork(NET_REQUESTOR, 0, request.connect_seconds, &made.network);
    if (condition.good()) condition = ASC_setTransportLayer(made.network, made.layer.get(), 0);
    if (condition.good()) condition = ASC_createAssociationParameters(&made.parameters, request.max_pdu);
    if (condition.good()) name_implementation(made.parameters);
    // "Secure" only means that the layer decides; whether there is TLS is the transport's matter.
    if (condition.good()) condition = ASC_setTransportLayerType(made.parameters, OFTrue);
    if (condition.good()) {
        condition = ASC_setAPTitles(made.parameters, request.calling_title, request.called_title, nullptr);
    }
    if (condition.good()) {
        const std::string address = std::string(request.host) + ":" + std::to_string(request.port);
        condition = ASC_setPresentationAddresses(made.parameters, "", address.c_str());
    }
    return condition;
}

}  // namespace

dul_association *dul_create(const dul_request *request, const dul_transport *transport) {
    dul_association *created = nullptr;
    guarded_network([&] {
        initialise_network();
        // One value for the process: all of our peers get the same.
        dcmConnectionTimeout.set(request->connect_seconds);
        auto made = std::make_unique<dul_association>();
        made->transport = *transport;
        made->layer = std::make_unique<Layer>(made->transport, [] {});
        if (prepare(*made, *request).good()) created = made.release();
        return DUL_STATUS_OK;
    });
    return created;
}

dul_status dul_propose(dul_association *association, uint8_t identifier, const char *abstract_syntax,
                       const char *const *transfer_syntaxes, size_t count, dul_role role) {
    return guarded_network([&] {
        return status_of(ASC_addPresentationContext(
            association->parameters, identifier, abstract_syntax, const_cast<const char **>(transfer_syntaxes),
            static_cast<int>(count), proposed(role)));
    });
}

dul_status dul_ask(dul_association *association, int seconds, dul_rejection *rejection) {
    return guarded_network([&] {
        const OFCondition condition =
            ASC_requestAssociation(association->network, association->parameters, &association->association, nullptr,
                                   nullptr, DUL_NOBLOCK, seconds);
        if (condition == DUL_ASSOCIATIONREJECTED) {
            T_ASC_RejectParameters parameters = {};
            ASC_getRejectParameters(association->parameters, &parameters);
            *rejection = {static_cast<uint8_t>(parameters.result), static_cast<uint8_t>(parameters.source),
                          static_cast<uint8_t>(parameters.reason & 0xFF)};
            return DUL_STATUS_REJECTED;
        }
        return status_of(condition);
    });
}

dul_status dul_release(dul_association *association) {
    return guarded_network([&] { return status_of(ASC_releaseAssociation(association->association)); });
}
