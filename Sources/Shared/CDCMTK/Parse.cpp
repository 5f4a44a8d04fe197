// Parsing: file meta information, inflating, the data set itself.
#include "Handles.h"

#include <cstring>
#include <mutex>

#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>
#include <zlib.h>

using namespace hilum;

namespace {

/// Values up to this size are read while parsing, larger ones stay in the caller's bytes.
constexpr Uint32 eager_value_bytes = 256;

/// Inflates `count` bytes (raw deflate, PS3.5 §A.5) into `out`, at most `limit` bytes.
dicom_status inflate_bounded(const uint8_t *bytes, size_t count, uint64_t limit, std::vector<uint8_t> &out) {
    z_stream stream = {};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return DICOM_NO_MEMORY;
    struct End {
        z_stream *stream;
        ~End() { inflateEnd(stream); }
    } end{&stream};
    int result = Z_OK;
    while (result == Z_OK) {
        if (stream.avail_in == 0) {
            const size_t chunk = std::min<size_t>(count, 1u << 30);
            stream.next_in = const_cast<Bytef *>(bytes);
            stream.avail_in = static_cast<uInt>(chunk);
            bytes += chunk;
            count -= chunk;
        }
        const size_t done = out.size();
        if (done >= limit) return DICOM_INFLATES_TOO_FAR;
        const size_t room = std::min<uint64_t>(limit - done, std::max<size_t>(1u << 16, done));
        out.resize(done + room);
        stream.next_out = out.data() + done;
        stream.avail_out = static_cast<uInt>(std::min<size_t>(room, 1u << 30));
        const uInt offered = stream.avail_out;
        result = inflate(&stream, Z_NO_FLUSH);
        out.resize(done + (offered - stream.avail_out));
        if (result == Z_BUF_ERROR && count > 0) result = Z_OK;
    }
    return result == Z_STREAM_END ? DICOM_OK : DICOM_INFLATE_FAILED;
}

dicom_status failure(const Budget &budget) {
    switch (budget.exceeded) {
        case Budget::stack: return DICOM_TOO_DEEP;
        case Budget::reads: return DICOM_TOO_MANY_ELEMENTS;
        case Budget::none: return DICOM_MALFORMED;
    }
    return DICOM_MALFORMED;
}

/// The encoding to read the data set in; EXS_Unknown lets DCMTK look at the first element.
E_TransferSyntax declared_syntax(const OFString &uid) {
    if (uid.empty()) return EXS_Unknown;
    const E_TransferSyntax syntax = DcmXfer(uid.c_str()).getXfer();
    // A syntax we do not know is encapsulated and so explicit little endian (PS3.5 §A.4).
    return syntax == EXS_Unknown ? EXS_LittleEndianExplicit : syntax;
}

dicom_status parse(dicom_file &file, const uint8_t *bytes, size_t count, const dicom_limits &limits,
                   size_t &stopped_at) {
    Budget budget;
    budget.stack_base = static_cast<const char *>(__builtin_frame_address(0));
    budget.max_stack = limits.max_stack_bytes;
    budget.reads_left = limits.max_reads;
    file.source->base = bytes;
    file.source->count = count;
    // Some writers leave out the 128 bytes and keep the prefix.
    const size_t start = count >= 4 && std::memcmp(bytes, "DICM", 4) == 0 ? 4 : 0;
    MemoryStream stream(file.source, start, &budget);

    DcmMetaInfo *meta = file.format.getMetaInfo();
    meta->transferInit();
    OFCondition condition = meta->read(stream, EXS_Unknown, EGL_noChange, eager_value_bytes);
    meta->transferEnd();
    stopped_at = stream.position();
    if (condition.bad()) return failure(budget);

    OFString uid;
    meta->findAndGetOFString(DCM_TransferSyntaxUID, uid);
    E_TransferSyntax syntax = declared_syntax(uid);
    DcmDataset *data_set = file.format.getDataset();
    size_t data_start = stream.position();
    if (DcmXfer(syntax).getStreamCompression() != ESC_none) {
        auto inflated = std::make_shared<Source>();
        inflated->is_inflated = true;
        const dicom_status status =
            inflate_bounded(bytes + data_start, count - data_start, limits.max_inflated_bytes, inflated->inflated);
        if (status != DICOM_OK) return status;
        inflated->count = inflated->inflated.size();
        file.source = inflated;
        data_start = 0;
        syntax = EXS_LittleEndianExplicit;
    }
    MemoryStream data_stream(file.source, data_start, &budget);
    data_set->transferInit();
    condition = data_set->read(data_stream, syntax, EGL_noChange, eager_value_bytes);
    data_set->transferEnd();
    stopped_at = data_stream.position();
    if (condition.bad()) return failure(budget);
    if (!uid.empty() && data_set->card() == 0 && meta->card() == 0) return DICOM_NOT_DICOM;
    file.read_syntax = DcmXfer(data_set->getOriginalXfer()).getXferID();
    return DICOM_OK;
}

}  // namespace

void hilum::initialise() {
    static std::once_flag once;
    std::call_once(once, [] {
        // DCMTK's log lines quote element values; nothing of a patient may reach a log.
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        dcmEnableUnknownVRConversion.set(OFTrue);
        dcmAutoDetectDatasetXfer.set(OFTrue);
        dcmAcceptUnexpectedImplicitEncoding.set(OFTrue);
        dcmIgnoreFileMetaInformationGroupLength.set(OFTrue);
        dcmEnableVRCheckerForStringValues.set(OFFalse);
        DcmRLEDecoderRegistration::registerCodecs();
        DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
    });
}

dicom_status dicom_parse(const uint8_t *bytes, size_t count, const dicom_limits *limits, dicom_file **file,
                         size_t *stopped_at) {
    *file = nullptr;
    *stopped_at = 0;
    if (!bytes || count < 8) return DICOM_NOT_DICOM;
    return guarded([&] {
        initialise();
        auto parsed = std::make_unique<dicom_file>();
        const dicom_status status = parse(*parsed, bytes, count, *limits, *stopped_at);
        if (status == DICOM_OK) *file = parsed.release();
        return status;
    });
}

dicom_file *dicom_create(void) {
    try {
        initialise();
        return new dicom_file;
    } catch (...) {
        return nullptr;
    }
}

void dicom_free(dicom_file *file) { delete file; }
void dicom_set_source(dicom_file *file, const uint8_t *bytes) { file->source->base = bytes; }
dicom_item *dicom_root(dicom_file *file) { return wrap(file->format.getDataset()); }
dicom_item *dicom_meta(dicom_file *file) { return wrap(file->format.getMetaInfo()); }

const char *dicom_read_syntax(const dicom_file *file) {
    return file->read_syntax.empty() ? nullptr : file->read_syntax.c_str();
}
