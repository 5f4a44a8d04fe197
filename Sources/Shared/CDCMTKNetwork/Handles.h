#pragma once
// What stands behind the opaque handle, shared by the files of this shim.
#include "Transport.h"

#include <memory>
#include <mutex>
#include <new>

struct dul_association {
    dul_transport transport;
    T_ASC_Network *network = nullptr;
    T_ASC_Parameters *parameters = nullptr;  // the association's own from the moment there is one
    T_ASC_Association *association = nullptr;
    std::unique_ptr<hilum::Layer> layer;

    ~dul_association() {
        if (association) {
            parameters = nullptr;
            ASC_destroyAssociation(&association);
        }
        if (parameters) ASC_destroyAssociationParameters(&parameters);
        if (network) ASC_dropNetwork(&network);
    }
};

namespace hilum {

void initialise_network();
/// Puts our implementation's names into `parameters`.
void name_implementation(T_ASC_Parameters *parameters);
/// What a condition of DCMTK means here.
dul_status status_of(const OFCondition &condition);

/// Runs `body`, turning whatever it throws into a status.
template <typename Body>
dul_status guarded_network(Body body) {
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return DUL_STATUS_NO_MEMORY;
    } catch (...) {
        return DUL_STATUS_FAILED;
    }
}

}  // namespace hilum
