// The acceptor's side of an association.
#include "Handles.h"

#include <sys/socket.h>
#include <unistd.h>

using namespace hilum;

namespace {

/// DCMTK takes a socket that is connected already only from a global variable. It is set, read and cleared under this
/// lock, which is given back as soon as DCMTK has the socket: a silent peer holds nobody up.
std::mutex handing_over;

class HandOver {
  public:
    explicit HandOver(int descriptor) : lock(handing_over) { dcmExternalSocketHandle.set(descriptor); }
    ~HandOver() { finish(); }
    void finish() {
        if (!lock.owns_lock()) return;
        dcmExternalSocketHandle.set(-1);
        lock.unlock();
    }

  private:
    std::unique_lock<std::mutex> lock;
};

dul_status receive(dul_association &made, int descriptor, uint32_t max_pdu, int seconds) {
    bool taken = false;
    HandOver hand_over(descriptor);
    made.layer = std::make_unique<Layer>(made.transport, [&] {
        taken = true;
        hand_over.finish();
    });
    // An acceptor that is given a socket opens none of its own.
    OFCondition condition = ASC_initializeNetwork(NET_ACCEPTOR, 0, seconds, &made.network);
    if (condition.good()) condition = ASC_setTransportLayer(made.network, made.layer.get(), 0);
    if (condition.good()) {
        condition = ASC_receiveAssociation(made.network, &made.association, max_pdu, nullptr, nullptr, OFTrue,
                                           DUL_NOBLOCK, seconds);
    }
    if (!taken) close(descriptor);
    if (condition.good()) name_implementation(made.association->params);
    return status_of(condition);
}

T_ASC_SC_ROLE accepted(dul_role role) {
    switch (role) {
        case DUL_REQUESTOR_PROVIDES: return ASC_SC_ROLE_SCP;
        case DUL_REQUESTOR_DOES_BOTH: return ASC_SC_ROLE_SCUSCP;
        case DUL_REQUESTOR_USES: return ASC_SC_ROLE_DEFAULT;
    }
    return ASC_SC_ROLE_DEFAULT;
}

}  // namespace

dul_status dul_receive(int descriptor, const dul_transport *transport, uint32_t max_pdu, int seconds,
                       dul_association **association) {
    *association = nullptr;
    return guarded_network([&] {
        initialise_network();
        auto made = std::make_unique<dul_association>();
        made->transport = *transport;
        const dul_status status = receive(*made, descriptor, max_pdu, seconds);
        if (status == DUL_STATUS_OK) *association = made.release();
        return status;
    });
}

const char *dul_called_title(const dul_association *association) {
    return association->association->params->DULparams.calledAPTitle;
}

const char *dul_calling_title(const dul_association *association) {
    return association->association->params->DULparams.callingAPTitle;
}

const char *dul_application_context(const dul_association *association) {
    return association->association->params->DULparams.applicationContextName;
}

dul_status dul_accept_context(dul_association *association, uint8_t identifier, const char *transfer_syntax,
                              dul_role role) {
    return guarded_network([&] {
        return status_of(ASC_acceptPresentationContext(association->association->params, identifier, transfer_syntax,
                                                       accepted(role)));
    });
}

dul_status dul_refuse_context(dul_association *association, uint8_t identifier, bool abstract_syntax_is_unknown) {
    return guarded_network([&] {
        return status_of(ASC_refusePresentationContext(
            association->association->params, identifier,
            abstract_syntax_is_unknown ? ASC_P_ABSTRACTSYNTAXNOTSUPPORTED : ASC_P_TRANSFERSYNTAXESNOTSUPPORTED));
    });
}

dul_status dul_acknowledge(dul_association *association) {
    return guarded_network([&] { return status_of(ASC_acknowledgeAssociation(association->association)); });
}

dul_status dul_reject(dul_association *association, dul_rejection rejection) {
    return guarded_network([&] {
        // DCMTK packs source and reason into one number.
        const T_ASC_RejectParameters parameters = {
            static_cast<T_ASC_RejectParametersResult>(rejection.result),
            static_cast<T_ASC_RejectParametersSource>(rejection.source),
            static_cast<T_ASC_RejectParametersReason>(rejection.source << 8 | rejection.reason)};
        return status_of(ASC_rejectAssociation(association->association, &parameters));
    });
}

dul_status dul_acknowledge_release(dul_association *association) {
    return guarded_network([&] { return status_of(ASC_acknowledgeRelease(association->association)); });
}
