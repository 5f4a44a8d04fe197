// Reading elements of a data set.
#include "Handles.h"

#include <cstring>

#include <dcmtk/ofstd/ofchrenc.h>

using namespace hilum;

namespace {

bool number_at(DcmElement &element, unsigned long index, double &number) {
    switch (element.ident()) {
        case EVR_US: {
            Uint16 value;
            if (element.getUint16(value, index).bad()) return false;
            number = value;
            return true;
        }
        case EVR_SS: {
            Sint16 value;
            if (element.getSint16(value, index).bad()) return false;
            number = value;
            return true;
        }
        case EVR_UL: case EVR_up: {
            Uint32 value;
            if (element.getUint32(value, index).bad()) return false;
            number = value;
            return true;
        }
        case EVR_SL: {
            Sint32 value;
            if (element.getSint32(value, index).bad()) return false;
            number = value;
            return true;
        }
        case EVR_FL: {
            Float32 value;
            if (element.getFloat32(value, index).bad()) return false;
            number = value;
            return true;
        }
        case EVR_FD: {
            Float64 value;
            if (element.getFloat64(value, index).bad()) return false;
            number = value;
            return true;
        }
        case EVR_AT: {
            DcmTagKey value;
            if (element.getTagVal(value, index).bad()) return false;
            number = static_cast<double>((static_cast<uint32_t>(value.getGroup()) << 16) | value.getElement());
            return true;
        }
        default: return false;
    }
}

dicom_status read_part(DcmElement &element, uint64_t offset, void *buffer, size_t count) {
    const uint64_t length = element.getLength();
    if (offset > length || count > length - offset) return DICOM_OUT_OF_RANGE;
    auto *out = static_cast<uint8_t *>(buffer);
    while (count > 0) {
        const Uint32 part = static_cast<Uint32>(std::min<size_t>(count, 1u << 30));
        if (element.getPartialValue(out, static_cast<Uint32>(offset), part, nullptr, EBO_LittleEndian).bad())
            return DICOM_MALFORMED;
        out += part;
        offset += part;
        count -= part;
    }
    return DICOM_OK;
}

DcmSequenceOfItems *find_sequence(dicom_item *item, uint32_t tag) {
    DcmElement *element = find(item, tag);
    return element && (element->ident() == EVR_SQ) ? static_cast<DcmSequenceOfItems *>(element) : nullptr;
}

/// Lists the fragments once, for a list walked by index would cost the square of their number.
void list_fragments(dicom_file &file) {
    if (file.fragments_listed) return;
    file.fragments_listed = true;
    DcmElement *element = find(dicom_root(&file), 0x7FE00010);
    auto *pixel_data = dynamic_cast<DcmPixelData *>(element);
    if (!pixel_data) return;
    E_TransferSyntax syntax = EXS_Unknown;
    const DcmRepresentationParameter *parameter = nullptr;
    pixel_data->getOriginalRepresentationKey(syntax, parameter);
    DcmPixelSequence *sequence = nullptr;
    if (pixel_data->getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || !sequence) return;
    for (DcmObject *object = sequence->nextInContainer(nullptr); object; object = sequence->nextInContainer(object))
        file.fragments.push_back(static_cast<DcmPixelItem *>(object));
}

}  // namespace

size_t dicom_element_count(dicom_item *item) { return unwrap(item)->card(); }

size_t dicom_tags(dicom_item *item, uint32_t *tags, size_t capacity) {
    size_t count = 0;
    DcmItem *container = unwrap(item);
    for (DcmObject *object = container->nextInContainer(nullptr); object; object = container->nextInContainer(object)) {
        if (count < capacity)
            tags[count] = (static_cast<uint32_t>(object->getGTag()) << 16) | object->getETag();
        count += 1;
    }
    return count;
}

dicom_status dicom_element_info(dicom_item *item, uint32_t tag, char vr[3], uint64_t *byte_count) {
    return guarded([&] {
        DcmElement *element = find(item, tag);
        if (!element) return DICOM_NO_ELEMENT;
        const char *name = DcmVR(element->getVR()).getValidVRName();
        std::strncpy(vr, name, 2);
        vr[2] = 0;
        *byte_count = element->ident() == EVR_SQ ? 0 : element->getLengthField();
        return DICOM_OK;
    });
}

dicom_status dicom_text(dicom_item *item, uint32_t tag, const char **text, size_t *count) {
    return guarded([&] {
        DcmElement *element = find(item, tag);
        if (!element) return DICOM_NO_ELEMENT;
        char *value = nullptr;
        Uint32 length = 0;
        if (!element->isaString() || element->getString(value, length).bad()) return DICOM_WRONG_TYPE;
        *text = value;
        *count = value ? length : 0;
        return DICOM_OK;
    });
}

dicom_status dicom_numbers(dicom_item *item, uint32_t tag, double *numbers, size_t capacity, size_t *count) {
    return guarded([&] {
        *count = 0;
        DcmElement *element = find(item, tag);
        if (!element) return DICOM_NO_ELEMENT;
        double probe;
        const size_t total = element->getLengthField() == 0 ? 0 : element->getNumberOfValues();
        if (total > 0 && !number_at(*element, 0, probe)) return DICOM_WRONG_TYPE;
        for (size_t i = 0; i < std::min(total, capacity); i++)
            if (!number_at(*element, i, numbers[i])) return DICOM_MALFORMED;
        *count = total;
        return DICOM_OK;
    });
}

dicom_status dicom_read(dicom_item *item, uint32_t tag, uint64_t offset, void *buffer, size_t count) {
    return guarded([&] {
        DcmElement *element = find(item, tag);
        if (!element) return DICOM_NO_ELEMENT;
        return element->ident() == EVR_SQ ? DICOM_WRONG_TYPE : read_part(*element, offset, buffer, count);
    });
}

dicom_status dicom_value_place(dicom_file *file, dicom_item *item, uint32_t tag, size_t *offset, size_t *count) {
    return guarded([&] {
        DcmElement *element = find(item, tag);
        if (!element) return DICOM_NO_ELEMENT;
        const DcmXfer syntax(file->format.getDataset()->getOriginalXfer());
        if (file->source->is_inflated || !syntax.isLittleEndian()) return DICOM_OUT_OF_RANGE;
        if (element->ident() == EVR_SQ || element->valueLoaded()) return DICOM_OUT_OF_RANGE;
        // DCMTK keeps to itself where it left a value; it opens a stream there to read the first byte.
        file->source->opened_at = Source::nowhere;
        uint8_t first;
        if (read_part(*element, 0, &first, 1) != DICOM_OK || file->source->opened_at == Source::nowhere)
            return DICOM_OUT_OF_RANGE;
        *offset = file->source->opened_at;
        *count = element->getLength();
        return DICOM_OK;
    });
}

dicom_status dicom_convert_to_utf8(dicom_file *file) {
    return guarded([&] {
        DcmDataset &data_set = *file->format.getDataset();
        const bool can_discard = OFCharacterEncoding::supportsConversionFlags(DCMTypes::CF_discardIllegal);
        const size_t flags = can_discard ? DCMTypes::CF_discardIllegal : 0;
        return data_set.convertCharacterSet("ISO_IR 192", flags).good() ? DICOM_OK : DICOM_FAILED;
    });
}

size_t dicom_sequence_count(dicom_item *item, uint32_t tag) {
    DcmSequenceOfItems *sequence = find_sequence(item, tag);
    return sequence ? sequence->card() : 0;
}

size_t dicom_sequence_items(dicom_item *item, uint32_t tag, dicom_item **items, size_t capacity) {
    DcmSequenceOfItems *sequence = find_sequence(item, tag);
    size_t count = 0;
    if (!sequence) return 0;
    for (DcmObject *object = sequence->nextInContainer(nullptr); object && count < capacity;
         object = sequence->nextInContainer(object))
        items[count++] = wrap(static_cast<DcmItem *>(object));
    return count;
}

size_t dicom_fragment_count(dicom_file *file) {
    try {
        list_fragments(*file);
        return file->fragments.size();
    } catch (...) {
        return 0;
    }
}

uint64_t dicom_fragment_size(dicom_file *file, size_t index) {
    if (dicom_fragment_count(file) == 0) return 0;
    return index < file->fragments.size() ? file->fragments[index]->getLength() : 0;
}

dicom_status dicom_read_fragment(dicom_file *file, size_t index, void *buffer, size_t count) {
    return guarded([&] {
        list_fragments(*file);
        if (index >= file->fragments.size()) return DICOM_OUT_OF_RANGE;
        return read_part(*file->fragments[index], 0, buffer, count);
    });
}

dicom_status dicom_write_fragment(dicom_file *file, size_t index, const void *buffer, size_t count) {
    return guarded([&] {
        list_fragments(*file);
        if (index >= file->fragments.size() || count % 2 != 0 || count > 0xFFFFFFFEu) return DICOM_OUT_OF_RANGE;
        const auto *bytes = static_cast<const Uint8 *>(buffer);
        return file->fragments[index]->putUint8Array(bytes, static_cast<unsigned long>(count)).good() ? DICOM_OK
                                                                                                     : DICOM_FAILED;
    });
}

bool dicom_dictionary_vr(uint32_t tag, char vr[3]) {
    try {
        initialise();
        const DcmDataDictionary &dictionary = dcmDataDict.rdlock();
        const DcmDictEntry *entry = dictionary.findEntry(key(tag), nullptr);
        const DcmEVR found = entry ? entry->getEVR() : EVR_UNKNOWN;
        dcmDataDict.rdunlock();
        const DcmVR own(found);
        if (!entry || !own.isStandard()) return false;
        std::strncpy(vr, own.getVRName(), 2);
        vr[2] = 0;
        return true;
    } catch (...) {
        return false;
    }
}

bool dicom_keyword(uint32_t tag, char *buffer, size_t capacity) {
    try {
        initialise();
        const DcmDataDictionary &dictionary = dcmDataDict.rdlock();
        const DcmDictEntry *entry = dictionary.findEntry(key(tag), nullptr);
        const bool fits = entry && std::strlen(entry->getTagName()) < capacity;
        if (fits) std::strcpy(buffer, entry->getTagName());
        dcmDataDict.rdunlock();
        return fits;
    } catch (...) {
        return false;
    }
}

bool dicom_tag_of_keyword(const char *keyword, uint32_t *tag) {
    try {
        initialise();
        const DcmDataDictionary &dictionary = dcmDataDict.rdlock();
        const DcmDictEntry *entry = dictionary.findEntry(keyword);
        if (entry) *tag = (static_cast<uint32_t>(entry->getKey().getGroup()) << 16) | entry->getKey().getElement();
        dcmDataDict.rdunlock();
        return entry != nullptr;
    } catch (...) {
        return false;
    }
}
