// What both sides of an association have in common: contexts, fragments, the end.
#include "Handles.h"

#include <malloc.h>

#include <cstring>

#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/oflog/oflog.h>
#include <dcmtk/ofstd/ofstd.h>

using namespace hilum;

namespace {

T_ASC_Parameters *parameters(const dul_association *association) {
    return association->association ? association->association->params : association->parameters;
}

dul_role role_of(T_ASC_SC_ROLE role) {
    switch (role) {
        case ASC_SC_ROLE_SCP: return DUL_REQUESTOR_PROVIDES;
        case ASC_SC_ROLE_SCUSCP: return DUL_REQUESTOR_DOES_BOTH;
        default: return DUL_REQUESTOR_USES;
    }
}

void copy_uid(char *to, const char *from) {
    std::strncpy(to, from, 64);
    to[64] = 0;
}

}  // namespace

void hilum::initialise_network() {
    static std::once_flag once;
    std::call_once(once, [] {
        // DCMTK's log lines quote what peers send; nothing of a patient may reach a log.
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        dcmDisableGethostbyaddr.set(OFTrue);
        // What a large instance took goes back to the system with it. Left to itself, the C library keeps ever larger
        // pieces for later, for each thread apart.
        mallopt(M_MMAP_THRESHOLD, 1 << 20);
        // A few slices' worth stays: taking it from the system and giving it back for each would cost as much as a copy.
        mallopt(M_TRIM_THRESHOLD, 4 << 20);
    });
}

void hilum::name_implementation(T_ASC_Parameters *parameters) {
    OFStandard::strlcpy(parameters->ourImplementationClassUID, DUL_IMPLEMENTATION_CLASS_UID,
                        sizeof(parameters->ourImplementationClassUID));
    OFStandard::strlcpy(parameters->ourImplementationVersionName, DUL_IMPLEMENTATION_VERSION_NAME,
                        sizeof(parameters->ourImplementationVersionName));
}

dul_status hilum::status_of(const OFCondition &condition) {
    if (condition.good() && condition != DUL_PEERREQUESTEDRELEASE) return DUL_STATUS_OK;
    if (condition == DUL_PEERREQUESTEDRELEASE) return DUL_STATUS_RELEASE_REQUESTED;
    if (condition == DUL_PEERABORTEDASSOCIATION) return DUL_STATUS_ABORTED;
    if (condition == DUL_NETWORKCLOSED || condition == DUL_READTIMEOUT) return DUL_STATUS_CLOSED;
    if (condition == DUL_ASSOCIATIONREJECTED) return DUL_STATUS_REJECTED;
    if (condition == EC_MemoryExhausted) return DUL_STATUS_NO_MEMORY;
    if (condition.module() != OFM_dcmnet) return DUL_STATUS_FAILED;
    switch (condition.code()) {
        case DULC_TCPINITERROR:
        case DULC_UNKNOWNHOST: return DUL_STATUS_UNREACHABLE;
        case DULC_TCPIOERROR: return DUL_STATUS_CLOSED;
        default: return DUL_STATUS_MALFORMED;
    }
}

size_t dul_context_count(const dul_association *association) {
    return static_cast<size_t>(std::max(0, ASC_countPresentationContexts(parameters(association))));
}

dul_status dul_get_context(const dul_association *association, size_t index, dul_context *context) {
    return guarded_network([&] {
        T_ASC_PresentationContext found;
        const OFCondition condition =
            ASC_getPresentationContext(parameters(association), static_cast<int>(index), &found);
        if (condition.bad()) return DUL_STATUS_MALFORMED;
        context->identifier = found.presentationContextID;
        context->role = role_of(found.proposedRole);
        context->syntax_count = found.transferSyntaxCount;
        copy_uid(context->abstract_syntax, found.abstractSyntax);
        copy_uid(context->accepted_syntax, found.acceptedTransferSyntax);
        return DUL_STATUS_OK;
    });
}

dul_status dul_get_syntax(const dul_association *association, size_t index, size_t syntax, char uid[65]) {
    return guarded_network([&] {
        T_ASC_PresentationContext found;
        const OFCondition condition =
            ASC_getPresentationContext(parameters(association), static_cast<int>(index), &found);
        if (condition.bad() || syntax >= found.transferSyntaxCount) return DUL_STATUS_MALFORMED;
        copy_uid(uid, found.proposedTransferSyntaxes[syntax]);
        return DUL_STATUS_OK;
    });
}

dul_status dul_read(dul_association *association, dul_fragment *fragment) {
    return guarded_network([&] {
        DUL_ASSOCIATIONKEY **key = &association->association->DULassociation;
        DUL_PDV value;
        if (DUL_NextPDV(key, &value).bad()) {
            const OFCondition condition = DUL_ReadPDVs(key, nullptr, DUL_BLOCK, 0);
            if (condition != DUL_PDATAPDUARRIVED) {
                const dul_status status = status_of(condition);
                return status == DUL_STATUS_OK ? DUL_STATUS_MALFORMED : status;
            }
            if (DUL_NextPDV(key, &value).bad()) return DUL_STATUS_MALFORMED;
        }
        fragment->context = value.presentationContextID;
        fragment->is_command = value.pdvType == DUL_COMMANDPDV;
        fragment->is_last = value.lastPDV;
        fragment->bytes = static_cast<const uint8_t *>(value.data);
        fragment->count = value.fragmentLength;
        return DUL_STATUS_OK;
    });
}

dul_status dul_write(dul_association *association, dul_fragment fragment) {
    return guarded_network([&] {
        DUL_PDV value;
        value.fragmentLength = fragment.count;
        value.presentationContextID = fragment.context;
        value.pdvType = fragment.is_command ? DUL_COMMANDPDV : DUL_DATASETPDV;
        value.lastPDV = fragment.is_last;
        value.data = const_cast<uint8_t *>(fragment.bytes);
        DUL_PDVLIST list = {};
        list.count = 1;
        list.pdv = &value;
        return status_of(DUL_WritePDVs(&association->association->DULassociation, &list));
    });
}

size_t dul_max_fragment(const dul_association *association) { return association->association->sendPDVLength; }

void dul_abort(dul_association *association) {
    guarded_network([&] { return status_of(ASC_abortAssociation(association->association)); });
}

void dul_free(dul_association *association) { delete association; }

dul_class dul_class_of(const char *uid) {
    if (dcmIsaStorageSOPClassUID(uid, ESSC_All)) return DUL_CLASS_STORAGE;
    return dcmFindNameOfUID(uid) ? DUL_CLASS_OTHER : DUL_CLASS_UNKNOWN;
}
