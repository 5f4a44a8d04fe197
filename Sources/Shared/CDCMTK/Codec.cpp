// Decoding single RLE, JPEG and JPEG-LS frames with DCMTK's codecs.
#include "Handles.h"

#include <cstring>

#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djdijg12.h>
#include <dcmtk/dcmjpeg/djdijg16.h>
#include <dcmtk/dcmjpeg/djdijg8.h>

using namespace hilum;

namespace {

/// A data set of its own around one codestream, so that nothing else of the sender's file reaches the codec.
dicom_status wrap_codestream(DcmDataset &data_set, E_TransferSyntax syntax, const dicom_frame_description &d,
                             const uint8_t *codestream, size_t count) {
    data_set.putAndInsertUint16(DCM_SamplesPerPixel, d.samples_per_pixel);
    data_set.putAndInsertString(DCM_PhotometricInterpretation, d.photometric_interpretation);
    if (d.samples_per_pixel > 1) data_set.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    data_set.putAndInsertUint16(DCM_Rows, d.rows);
    data_set.putAndInsertUint16(DCM_Columns, d.columns);
    data_set.putAndInsertUint16(DCM_BitsAllocated, d.bits_allocated);
    data_set.putAndInsertUint16(DCM_BitsStored, d.bits_stored);
    data_set.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(d.bits_stored - 1));
    data_set.putAndInsertUint16(DCM_PixelRepresentation, d.pixel_representation);

    auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
    sequence->insert(new DcmPixelItem(DcmTag(DCM_Item, EVR_OB)));
    auto fragment = std::make_unique<DcmPixelItem>(DcmTag(DCM_Item, EVR_OB));
    Uint8 *bytes = nullptr;
    const size_t even = count + count % 2;
    if (fragment->createUint8Array(static_cast<Uint32>(even), bytes).bad() || !bytes) return DICOM_NO_MEMORY;
    bytes[even - 1] = 0;
    std::copy(codestream, codestream + count, bytes);
    if (sequence->insert(fragment.release()).bad()) return DICOM_FAILED;
    auto element = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
    element->putOriginalRepresentation(syntax, nullptr, sequence.release());
    return data_set.insert(element.release(), OFTrue).good() ? DICOM_OK : DICOM_FAILED;
}

/// One of DCMTK's JPEG decoders that remembers whether it warned: libjpeg warns where data is damaged or missing and
/// goes on in grey, and half a radiograph must not pass for a whole one.
template <typename Decoder>
class StrictDecoder final : public Decoder {
  public:
    using Decoder::Decoder;
    void emitMessage(int level) const override {
        if (level < 0) warned = true;
    }
    mutable bool warned = false;
};

template <typename Decoder>
dicom_status decode_jpeg(const dicom_frame_description &d, const uint8_t *codestream, size_t count, uint8_t *out,
                         size_t out_count) {
    const DJCodecParameter parameter(ECC_lossyYCbCr, EDC_photometricInterpretation, EUC_never, EPC_colorByPixel);
    const OFBool is_ybr = std::strncmp(d.photometric_interpretation, "YBR", 3) == 0;
    StrictDecoder<Decoder> decoder(parameter, is_ybr);
    if (decoder.init().bad()) return DICOM_NO_MEMORY;
    if (decoder.bytesPerSample() * 8 != d.bits_allocated) return DICOM_FAILED;
    const OFCondition condition =
        decoder.decode(const_cast<Uint8 *>(codestream), static_cast<Uint32>(count), out,
                       static_cast<Uint32>(out_count), d.pixel_representation == 1);
    if (condition == EJ_Suspension) return DICOM_MALFORMED;
    return condition.good() && !decoder.warned ? DICOM_OK : DICOM_CORRUPT;
}

}  // namespace

dicom_status dicom_decode_jpeg(const dicom_frame_description *description, const uint8_t *codestream, size_t count,
                               uint8_t *out, size_t out_count) {
    return guarded([&] {
        initialise();
        if (count == 0 || count > 0xFFFFFFF0u || out_count > 0xFFFFFFF0u) return DICOM_CORRUPT;
        const uint16_t bits = description->bits_stored;
        if (bits <= 8) return decode_jpeg<DJDecompressIJG8Bit>(*description, codestream, count, out, out_count);
        if (bits <= 12) return decode_jpeg<DJDecompressIJG12Bit>(*description, codestream, count, out, out_count);
        return decode_jpeg<DJDecompressIJG16Bit>(*description, codestream, count, out, out_count);
    });
}

dicom_status dicom_decode_frame(const char *transfer_syntax, const dicom_frame_description *description,
                                const uint8_t *codestream, size_t count, uint8_t *out, size_t out_count) {
    return guarded([&] {
        initialise();
        const E_TransferSyntax syntax = DcmXfer(transfer_syntax).getXfer();
        if (!DcmXfer(syntax).isEncapsulated()) return DICOM_UNSUPPORTED;
        if (count == 0 || count > 0xFFFFFFF0u || out_count > 0xFFFFFFF0u) return DICOM_CORRUPT;
        DcmDataset data_set;
        const dicom_status status = wrap_codestream(data_set, syntax, *description, codestream, count);
        if (status != DICOM_OK) return status;
        DcmElement *element = nullptr;
        if (data_set.findAndGetElement(DCM_PixelData, element).bad()) return DICOM_FAILED;
        Uint32 fragment = 1;
        OFString colour_model;
        const OFCondition condition = element->getUncompressedFrame(
            &data_set, 0, fragment, out, static_cast<Uint32>(out_count), colour_model, nullptr);
        return condition.good() ? DICOM_OK : DICOM_CORRUPT;
    });
}
