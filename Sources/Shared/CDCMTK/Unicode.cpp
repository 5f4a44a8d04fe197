// Text of any DICOM character set to UTF-8 (PS3.3 §C.12.1.1.2, PS3.5 §6.1.2).
//
// DCMTK converts what iconv knows by one name. The sets with code extensions for Japanese, Korean and Chinese are not
// among them where iconv is the C library's, so their escape sequences (ISO 2022) are followed here.
#include "Handles.h"

#include <cerrno>
#include <cstring>
#include <iconv.h>

using namespace hilum;

namespace {

constexpr const char *replacement = "\xEF\xBF\xBD";

/// One iconv conversion to UTF-8; what it cannot convert becomes the replacement character.
class Converter {
public:
    explicit Converter(const char *encoding) : descriptor(iconv_open("UTF-8", encoding)) {}
    ~Converter() {
        if (descriptor != reinterpret_cast<iconv_t>(-1)) iconv_close(descriptor);
    }
    Converter(const Converter &) = delete;

    void append(const std::string &bytes, std::string &out) {
        if (descriptor == reinterpret_cast<iconv_t>(-1)) return void(out += replacement);
        char *from = const_cast<char *>(bytes.data());
        size_t left = bytes.size();
        while (left > 0) {
            char buffer[256];
            char *to = buffer;
            size_t room = sizeof buffer;
            const bool failed = iconv(descriptor, &from, &left, &to, &room) == static_cast<size_t>(-1);
            out.append(buffer, sizeof buffer - room);
            if (failed && errno != E2BIG) {
                out += replacement;
                from++;
                left--;
            }
        }
    }

private:
    iconv_t descriptor;
};

/// What follows an escape sequence: which half of the code table, and what its bytes are.
struct Escape {
    const char *sequence;
    bool upper_half;
    int width;             // bytes a character
    const char *encoding;  // NULL: ASCII
    uint8_t prefix;        // before each character, as EUC has it
};

constexpr Escape escapes[] = {
    {"(B", false, 1, nullptr, 0},       {"(J", false, 1, nullptr, 0},       {")I", true, 1, "SHIFT_JIS", 0},
    {"$B", false, 2, "EUC-JP", 0},      {"$(D", false, 2, "EUC-JP", 0x8F},  {"$)C", true, 2, "EUC-KR", 0},
    {"$)A", true, 2, "GB2312", 0},      {"-A", true, 1, "ISO-8859-1", 0},   {"-B", true, 1, "ISO-8859-2", 0},
    {"-C", true, 1, "ISO-8859-3", 0},   {"-D", true, 1, "ISO-8859-4", 0},   {"-L", true, 1, "ISO-8859-5", 0},
    {"-G", true, 1, "ISO-8859-6", 0},   {"-F", true, 1, "ISO-8859-7", 0},   {"-H", true, 1, "ISO-8859-8", 0},
    {"-M", true, 1, "ISO-8859-9", 0},   {"-T", true, 1, "TIS-620", 0},
};

/// The upper half that a value begins with, by the first of the character sets.
const Escape *initial_upper(const std::string &set) {
    static const struct { const char *number, *sequence; } initial[] = {
        {"13", ")I"}, {"100", "-A"}, {"101", "-B"}, {"109", "-C"}, {"110", "-D"}, {"144", "-L"}, {"127", "-G"},
        {"126", "-F"}, {"138", "-H"}, {"148", "-M"}, {"166", "-T"},
    };
    const size_t space = set.rfind(' ');
    if (space == std::string::npos) return nullptr;
    for (const auto &known : initial) {
        if (set.compare(space + 1, std::string::npos, known.number) != 0) continue;
        for (const Escape &escape : escapes)
            if (std::strcmp(escape.sequence, known.sequence) == 0) return &escape;
    }
    return nullptr;
}

class Decoder {
public:
    Decoder(const Escape *upper, bool is_name) : initial(upper), upper(upper), is_name(is_name) {}

    std::string decode(const std::string &bytes) {
        for (size_t i = 0; i < bytes.size();) {
            if (bytes[i] == 0x1B) {
                if (const size_t taken = follow(bytes, i + 1)) i += 1 + taken;
                else run(nullptr), out += replacement, i++;
            } else {
                i += take(bytes, i);
            }
        }
        run(nullptr);
        return out;
    }

private:
    size_t follow(const std::string &bytes, size_t at) {
        for (const Escape &escape : escapes) {
            const size_t length = std::strlen(escape.sequence);
            if (bytes.compare(at, length, escape.sequence) != 0) continue;
            (escape.upper_half ? upper : lower) = &escape;
            return length;
        }
        return 0;
    }

    /// Takes one character; answers its bytes.
    size_t take(const std::string &bytes, size_t at) {
        const auto byte = static_cast<uint8_t>(bytes[at]);
        const Escape *half = byte & 0x80 ? upper : lower;
        if (!half || !half->encoding) {
            run(nullptr);
            if (byte & 0x80) out += replacement;
            else out += bytes[at];
            if (is_delimiter(byte)) lower = nullptr, upper = initial;
            return 1;
        }
        if (at + static_cast<size_t>(half->width) > bytes.size()) {
            run(nullptr);
            out += replacement;
            return bytes.size() - at;
        }
        run(half);
        if (half->prefix) pending += static_cast<char>(half->prefix);
        for (int i = 0; i < half->width; i++) pending += static_cast<char>(bytes[at + static_cast<size_t>(i)] | 0x80);
        return static_cast<size_t>(half->width);
    }

    /// At these a value falls back to what it began with (PS3.5 §6.1.2.5.3).
    bool is_delimiter(uint8_t byte) const {
        return byte == '\\' || byte == '\n' || byte == '\r' || byte == '\f' || byte == '\t' ||
               (is_name && (byte == '^' || byte == '='));
    }

    /// Characters of one set are converted together.
    void run(const Escape *next) {
        if (next == current) return;
        if (current && !pending.empty()) Converter(current->encoding).append(pending, out);
        pending.clear();
        current = next;
    }

    const Escape *const initial;
    const Escape *upper;
    const bool is_name;
    const Escape *lower = nullptr;
    const Escape *current = nullptr;
    std::string pending, out;
};

void decode_texts(DcmItem &item, const Escape *upper) {
    for (unsigned long i = 0; i < item.card(); i++) {
        DcmElement *element = item.getElement(i);
        if (auto *sequence = dynamic_cast<DcmSequenceOfItems *>(element)) {
            for (unsigned long k = 0; k < sequence->card(); k++) decode_texts(*sequence->getItem(k), upper);
        } else if (element->isAffectedBySpecificCharacterSet()) {
            OFString text;
            if (element->getOFStringArray(text, OFFalse).bad()) continue;
            Decoder decoder(upper, element->ident() == EVR_PN);
            element->putString(decoder.decode(std::string(text.c_str(), text.size())).c_str());
        }
    }
}

}  // namespace

dicom_status dicom_to_unicode(dicom_item *item) {
    return guarded([&] {
        DcmItem &data = *unwrap(item);
        OFString set;
        data.findAndGetOFStringArray(DCM_SpecificCharacterSet, set);
        if (set.find("ISO 2022") == OFString_npos) {
            if (set.empty()) return DICOM_OK;
            return data.convertCharacterSet("ISO_IR 192").good() ? DICOM_OK : DICOM_MALFORMED;
        }
        const size_t end = std::min(set.find('\\'), set.size());
        decode_texts(data, initial_upper(std::string(set.c_str(), end)));
        return data.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192").good() ? DICOM_OK : DICOM_FAILED;
    });
}
