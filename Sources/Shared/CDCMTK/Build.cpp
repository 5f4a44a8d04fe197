// Building and writing data sets.
#include "Handles.h"

#include <cstdlib>
#include <cstring>

#include <dcmtk/dcmdata/dcostrmb.h>

using namespace hilum;

namespace {

/// Ours, so that a reader of the file knows who wrote it (PS3.7 §D.3.3.2); from a UUID (PS3.5 §B.2).
constexpr const char *implementation_class_uid = "2.25.217914086240417370955063938154273041953";
constexpr const char *implementation_version_name = "HILUM_1";

std::unique_ptr<DcmElement> make_element(uint32_t tag, const char *vr) {
    DcmTag full(key(tag));
    if (vr) full.setVR(DcmVR(vr));
    DcmElement *element = nullptr;
    if (DcmItem::newDicomElementWithVR(element, full).bad()) return nullptr;
    return std::unique_ptr<DcmElement>(element);
}

dicom_status place(dicom_file &file, DcmItem &item, std::unique_ptr<DcmElement> element) {
    if (DcmElement *old = item.remove(element->getTag())) file.replaced.emplace_back(old);
    if (item.insert(element.get(), OFFalse).bad()) return DICOM_FAILED;
    element.release();
    return DICOM_OK;
}

bool put_number(DcmElement &element, double number, unsigned long index) {
    switch (element.ident()) {
        case EVR_US: return number >= 0 && number <= 65535 && element.putUint16(static_cast<Uint16>(number), index).good();
        case EVR_SS:
            return number >= -32768 && number <= 32767 && element.putSint16(static_cast<Sint16>(number), index).good();
        case EVR_UL: case EVR_up:
            return number >= 0 && number <= 4294967295.0 && element.putUint32(static_cast<Uint32>(number), index).good();
        case EVR_SL:
            return number >= -2147483648.0 && number <= 2147483647.0 &&
                   element.putSint32(static_cast<Sint32>(number), index).good();
        case EVR_FL: return element.putFloat32(static_cast<Float32>(number), index).good();
        case EVR_FD: return element.putFloat64(number, index).good();
        case EVR_AT: {
            const auto value = static_cast<uint32_t>(number);
            return element.putTagVal(key(value), index).good();
        }
        default: return false;
    }
}

template <typename Object>
dicom_status clone_loaded(Object &object, dicom_element **out) {
    std::unique_ptr<DcmObject> copy(object.clone());
    // The copy must not point into the bytes of the file it came from.
    if (!copy || copy->loadAllDataIntoMemory().bad()) return DICOM_MALFORMED;
    *out = wrap_object(copy.release());
    return DICOM_OK;
}

dicom_status write_format(DcmFileFormat &format, E_TransferSyntax syntax, uint8_t **bytes, size_t *count) {
    const size_t estimate =
        static_cast<size_t>(format.calcElementLength(syntax, EET_ExplicitLength)) + (1u << 16);
    std::unique_ptr<uint8_t, void (*)(void *)> buffer(static_cast<uint8_t *>(std::malloc(estimate)), std::free);
    if (!buffer) return DICOM_NO_MEMORY;
    DcmOutputBufferStream stream(buffer.get(), static_cast<offile_off_t>(estimate));
    format.transferInit();
    const OFCondition condition = format.write(stream, syntax, EET_ExplicitLength, nullptr, EGL_recalcGL, EPD_noChange,
                                               0, 0, 0, EWM_dontUpdateMeta);
    format.transferEnd();
    if (condition.bad()) return DICOM_FAILED;
    stream.flush();  // a deflated data set still has its end in the filter
    void *start = nullptr;
    offile_off_t written = 0;
    stream.flushBuffer(start, written);
    *bytes = buffer.release();
    *count = static_cast<size_t>(written);
    return DICOM_OK;
}

}  // namespace

dicom_status dicom_put_text(dicom_file *file, dicom_item *item, uint32_t tag, const char *vr, const char *text) {
    return guarded([&] {
        auto element = make_element(tag, vr);
        if (!element || !element->isaString() || element->putString(text).bad()) return DICOM_WRONG_TYPE;
        return place(*file, *unwrap(item), std::move(element));
    });
}

dicom_status dicom_put_numbers(dicom_file *file, dicom_item *item, uint32_t tag, const char *vr, const double *numbers,
                               size_t count) {
    return guarded([&] {
        auto element = make_element(tag, vr);
        if (!element) return DICOM_WRONG_TYPE;
        for (size_t i = 0; i < count; i++)
            if (!put_number(*element, numbers[i], i)) return DICOM_WRONG_TYPE;
        return place(*file, *unwrap(item), std::move(element));
    });
}

dicom_status dicom_put_bytes(dicom_file *file, dicom_item *item, uint32_t tag, const char *vr, const void *bytes,
                             size_t count) {
    return guarded([&] {
        auto element = make_element(tag, vr);
        if (!element) return DICOM_WRONG_TYPE;
        const bool words = DcmVR(vr).getEVR() == EVR_OW;
        if (count > 0xFFFFFFFEu || (words && count % 2 != 0)) return DICOM_OUT_OF_RANGE;
        OFCondition condition;
        if (words) {
            std::vector<Uint16> aligned(count / 2 + 1);
            std::memcpy(aligned.data(), bytes, count);
            condition = element->putUint16Array(aligned.data(), static_cast<unsigned long>(count / 2));
        } else {
            condition = element->putUint8Array(static_cast<const Uint8 *>(bytes), static_cast<unsigned long>(count));
        }
        return condition.good() ? place(*file, *unwrap(item), std::move(element)) : DICOM_WRONG_TYPE;
    });
}

dicom_status dicom_put_empty_sequence(dicom_file *file, dicom_item *item, uint32_t tag) {
    return guarded([&] {
        return place(*file, *unwrap(item), std::make_unique<DcmSequenceOfItems>(DcmTag(key(tag), EVR_SQ)));
    });
}

dicom_status dicom_put_fragments(dicom_file *file, dicom_item *item, const char *transfer_syntax, const uint8_t *bytes,
                                 const size_t *sizes, size_t count) {
    return guarded([&] {
        const E_TransferSyntax syntax = DcmXfer(transfer_syntax).getXfer();
        if (!DcmXfer(syntax).isEncapsulated()) return DICOM_UNSUPPORTED;
        auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
        sequence->insert(new DcmPixelItem(DcmTag(DCM_Item, EVR_OB)));
        for (size_t i = 0; i < count; bytes += sizes[i], i++) {
            std::vector<Uint8> even(bytes, bytes + sizes[i]);
            if (even.size() % 2) even.push_back(0);
            auto fragment = std::make_unique<DcmPixelItem>(DcmTag(DCM_Item, EVR_OB));
            if (fragment->putUint8Array(even.data(), static_cast<unsigned long>(even.size())).bad()) return DICOM_FAILED;
            if (sequence->insert(fragment.release()).bad()) return DICOM_FAILED;
        }
        auto element = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
        element->putOriginalRepresentation(syntax, nullptr, sequence.release());
        file->fragments.clear();
        file->fragments_listed = false;
        return place(*file, *unwrap(item), std::move(element));
    });
}

dicom_status dicom_append_item(dicom_item *item, uint32_t tag, dicom_element *child) {
    return guarded([&] {
        DcmElement *element = find(item, tag);
        auto *sequence = dynamic_cast<DcmSequenceOfItems *>(element);
        auto *copy = dynamic_cast<DcmItem *>(unwrap_object(child));
        if (!sequence || !copy) return DICOM_WRONG_TYPE;
        return sequence->append(copy).good() ? DICOM_OK : DICOM_FAILED;
    });
}

dicom_status dicom_remove(dicom_file *file, dicom_item *item, uint32_t tag) {
    return guarded([&] {
        DcmElement *old = unwrap(item)->remove(key(tag));
        if (!old) return DICOM_NO_ELEMENT;
        file->replaced.emplace_back(old);
        file->fragments.clear();
        file->fragments_listed = false;
        return DICOM_OK;
    });
}

dicom_status dicom_clone_element(dicom_item *item, uint32_t tag, dicom_element **element) {
    *element = nullptr;
    return guarded([&] {
        DcmElement *found = find(item, tag);
        return found ? clone_loaded(*found, element) : DICOM_NO_ELEMENT;
    });
}

dicom_status dicom_clone_item(dicom_item *item, dicom_element **element) {
    *element = nullptr;
    return guarded([&] {
        // A plain item, also where the source is a whole data set.
        auto copy = std::make_unique<DcmItem>(*unwrap(item));
        if (copy->loadAllDataIntoMemory().bad()) return DICOM_MALFORMED;
        *element = wrap_object(copy.release());
        return DICOM_OK;
    });
}

dicom_status dicom_insert(dicom_file *file, dicom_item *item, dicom_element *element) {
    return guarded([&] {
        auto *object = dynamic_cast<DcmElement *>(unwrap_object(element));
        return object ? place(*file, *unwrap(item), std::unique_ptr<DcmElement>(object)) : DICOM_WRONG_TYPE;
    });
}

void dicom_element_free(dicom_element *element) { delete unwrap_object(element); }

dicom_status dicom_clear_meta(dicom_file *file) {
    return guarded([&] {
        *file->format.getMetaInfo() = DcmMetaInfo();
        return DICOM_OK;
    });
}

dicom_status dicom_serialise(dicom_file *file, const char *transfer_syntax, uint8_t **bytes, size_t *count) {
    *bytes = nullptr;
    *count = 0;
    return guarded([&] {
        const E_TransferSyntax syntax = DcmXfer(transfer_syntax).getXfer();
        if (syntax == EXS_Unknown) return DICOM_UNSUPPORTED;
        DcmFileFormat &format = file->format;
        if (format.getDataset()->chooseRepresentation(syntax, nullptr).bad()) return DICOM_UNSUPPORTED;
        if (format.validateMetaInfo(syntax, EWM_createNewMeta).bad()) return DICOM_MALFORMED;
        DcmMetaInfo *meta = format.getMetaInfo();
        meta->putAndInsertString(DCM_ImplementationClassUID, implementation_class_uid);
        meta->putAndInsertString(DCM_ImplementationVersionName, implementation_version_name);
        // The group length was taken before our own two values went in.
        if (meta->computeGroupLengthAndPadding(EGL_recalcGL, EPD_noChange, META_HEADER_DEFAULT_TRANSFERSYNTAX,
                                               EET_ExplicitLength).bad()) {
            return DICOM_FAILED;
        }
        return write_format(format, syntax, bytes, count);
    });
}
