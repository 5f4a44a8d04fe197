#pragma once
// What stands behind the opaque handles, shared by the files of this shim.
#include "CDCMTK.h"
#include "MemoryStream.h"

#include <memory>
#include <string>
#include <vector>

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

struct dicom_file {
    DcmFileFormat format;
    std::shared_ptr<hilum::Source> source = std::make_shared<hilum::Source>();
    std::string read_syntax;
    std::vector<DcmPixelItem *> fragments;
    bool fragments_listed = false;
    std::vector<std::unique_ptr<DcmObject>> replaced;  // handles into them may still be held
};

namespace hilum {

void initialise();

inline dicom_item *wrap(DcmItem *item) { return reinterpret_cast<dicom_item *>(item); }
inline DcmItem *unwrap(dicom_item *item) { return reinterpret_cast<DcmItem *>(item); }
inline dicom_element *wrap_object(DcmObject *object) { return reinterpret_cast<dicom_element *>(object); }
inline DcmObject *unwrap_object(dicom_element *element) { return reinterpret_cast<DcmObject *>(element); }

inline DcmTagKey key(uint32_t tag) {
    return DcmTagKey(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF));
}

inline DcmElement *find(dicom_item *item, uint32_t tag) {
    DcmElement *element = nullptr;
    return unwrap(item)->findAndGetElement(key(tag), element, OFFalse).good() ? element : nullptr;
}

/// Runs `body`, turning whatever it throws into a status.
template <typename Body>
dicom_status guarded(Body body) {
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return DICOM_NO_MEMORY;
    } catch (...) {
        return DICOM_FAILED;
    }
}

}  // namespace hilum
