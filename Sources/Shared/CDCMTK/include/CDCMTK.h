#pragma once
// The small C surface of DCMTK that Hilum uses: parse, read, build and write data sets, and decode single frames.
//
// C++ exceptions stop here; every function answers with a status. Handles are opaque. A `dicom_item` belongs to the
// `dicom_file` it was got from and lives as long as it. Nothing here locks: one caller at a time for each file.
//
// The parser does not copy values of more than a few kilobytes; it remembers their place in the caller's bytes.
// `dicom_set_source` therefore has to name the (unchanged) bytes again before any other call for a parsed file.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

typedef struct dicom_file dicom_file;
typedef struct dicom_item dicom_item;
typedef struct dicom_element dicom_element;

typedef enum {
    DICOM_OK = 0,
    DICOM_NOT_DICOM,         // nothing in the bytes looks like a DICOM data set
    DICOM_MALFORMED,         // the structure breaks off or contradicts itself
    DICOM_TOO_DEEP,          // sequences nested deeper than the limit
    DICOM_TOO_MANY_ELEMENTS,
    DICOM_INFLATES_TOO_FAR,  // a deflated data set larger than the limit
    DICOM_INFLATE_FAILED,
    DICOM_NO_ELEMENT,
    DICOM_WRONG_TYPE,        // the element cannot be read or written as what was asked for
    DICOM_OUT_OF_RANGE,      // offset or index outside the value
    DICOM_UNSUPPORTED,       // no codec for the transfer syntax
    DICOM_CORRUPT,           // the codec refused the frame
    DICOM_NO_MEMORY,
    DICOM_FAILED             // an exception, or an error without a name of its own
} dicom_status;

typedef struct {
    uint64_t max_inflated_bytes;  // of a deflated data set
    uint64_t max_stack_bytes;     // the parser recurses for each nested sequence
    uint64_t max_reads;           // about four for each element
} dicom_limits;

/// Parses a file with or without preamble and file meta information; any transfer syntax. On failure `stopped_at` is
/// the byte that the parser had come to, in the inflated data set where the file is deflated.
dicom_status dicom_parse(const uint8_t *_Nullable bytes, size_t count, const dicom_limits *limits,
                         dicom_file *_Nullable *_Nonnull file, size_t *stopped_at);
/// An empty data set.
dicom_file *_Nullable dicom_create(void);
void dicom_free(dicom_file *file);
void dicom_set_source(dicom_file *file, const uint8_t *_Nullable bytes);

dicom_item *dicom_root(dicom_file *file);
dicom_item *dicom_meta(dicom_file *file);
/// The syntax the data set was really read in, as a UID; NULL for a data set built here.
const char *_Nullable dicom_read_syntax(const dicom_file *file);

// Reading. `tag` is group << 16 | element.
size_t dicom_element_count(dicom_item *item);
/// Fills `tags` with at most `capacity` tags in ascending order of position; answers how many there are.
size_t dicom_tags(dicom_item *item, uint32_t *tags, size_t capacity);
dicom_status dicom_element_info(dicom_item *item, uint32_t tag, char vr[_Nonnull 3], uint64_t *byte_count);
/// The text of a character string element, all values, owned by the element.
dicom_status dicom_text(dicom_item *item, uint32_t tag, const char *_Nullable *_Nonnull text, size_t *count);
/// Values of a binary number element (US SS UL SL SV UV FL FD AT), at most `capacity`; `count` is how many there are.
dicom_status dicom_numbers(dicom_item *item, uint32_t tag, double *_Nullable numbers, size_t capacity, size_t *count);
/// Part of a value, words in little endian order.
dicom_status dicom_read(dicom_item *item, uint32_t tag, uint64_t offset, void *buffer, size_t count);
/// Where a value stands in the bytes that were parsed. DICOM_OUT_OF_RANGE where they do not hold it as little endian
/// words: it is small, was put in later, was inflated, or is big endian.
dicom_status dicom_value_place(dicom_file *file, dicom_item *item, uint32_t tag, size_t *offset, size_t *count);
/// Turns the text of the data set into UTF-8 and says so in SpecificCharacterSet. Where the character set is unknown, or
/// bytes are none of it, it may stay as it is.
dicom_status dicom_convert_to_utf8(dicom_file *file);
size_t dicom_sequence_count(dicom_item *item, uint32_t tag);
size_t dicom_sequence_items(dicom_item *item, uint32_t tag, dicom_item *_Nullable *_Nonnull items, size_t capacity);

// Encapsulated pixel data of the root. Fragment 0 is the basic offset table.
size_t dicom_fragment_count(dicom_file *file);
uint64_t dicom_fragment_size(dicom_file *file, size_t index);
dicom_status dicom_read_fragment(dicom_file *file, size_t index, void *buffer, size_t count);
/// Puts other bytes into a fragment; their count is even.
dicom_status dicom_write_fragment(dicom_file *file, size_t index, const void *buffer, size_t count);

// Building. The VR comes from the data dictionary where `vr` is NULL. What is replaced lives on until the file goes.
dicom_status dicom_put_text(dicom_file *file, dicom_item *item, uint32_t tag, const char *_Nullable vr,
                            const char *text);
dicom_status dicom_put_numbers(dicom_file *file, dicom_item *item, uint32_t tag, const char *_Nullable vr,
                               const double *_Nullable numbers, size_t count);
/// Bytes (OB, UN) or little endian words (OW).
dicom_status dicom_put_bytes(dicom_file *file, dicom_item *item, uint32_t tag, const char *vr,
                             const void *_Nullable bytes, size_t count);
dicom_status dicom_put_empty_sequence(dicom_file *file, dicom_item *item, uint32_t tag);
/// Encapsulated pixel data with an empty offset table, one fragment for each of `count` byte ranges.
dicom_status dicom_put_fragments(dicom_file *file, dicom_item *item, const char *transfer_syntax,
                                 const uint8_t *bytes, const size_t *sizes, size_t count);
dicom_status dicom_append_item(dicom_item *item, uint32_t tag, dicom_element *child);
dicom_status dicom_remove(dicom_file *file, dicom_item *item, uint32_t tag);
/// Turns all text of the item into UTF-8 and says so in its SpecificCharacterSet; DICOM_MALFORMED, with the item half
/// turned, where text is not in the character set that the item names.
dicom_status dicom_to_unicode(dicom_item *item);
/// A copy that stands by itself; give it to `dicom_insert` / `dicom_append_item` or free it.
dicom_status dicom_clone_element(dicom_item *item, uint32_t tag, dicom_element *_Nullable *_Nonnull element);
dicom_status dicom_clone_item(dicom_item *item, dicom_element *_Nullable *_Nonnull element);
dicom_status dicom_insert(dicom_file *file, dicom_item *item, dicom_element *element);
void dicom_element_free(dicom_element *element);
/// Forgets the preamble and the file meta information; `dicom_serialise` makes new ones.
dicom_status dicom_clear_meta(dicom_file *file);
/// Part 10 bytes, allocated with malloc.
dicom_status dicom_serialise(dicom_file *file, const char *transfer_syntax, uint8_t *_Nullable *_Nonnull bytes,
                             size_t *count);

/// The keyword of the data dictionary, or NULL; the string is copied into `buffer`.
bool dicom_keyword(uint32_t tag, char *buffer, size_t capacity);
/// The value representation in the data dictionary; false where it has none, or several.
bool dicom_dictionary_vr(uint32_t tag, char vr[_Nonnull 3]);
bool dicom_tag_of_keyword(const char *keyword, uint32_t *tag);

// Codecs
typedef struct {
    uint16_t rows, columns, samples_per_pixel, bits_allocated, bits_stored, pixel_representation;
    const char *photometric_interpretation;
} dicom_frame_description;

/// Decodes one RLE or JPEG-LS frame to little endian samples, colour by pixel. `out_count` is exactly
/// rows · columns · samples · bits_allocated / 8.
dicom_status dicom_decode_frame(const char *transfer_syntax, const dicom_frame_description *description,
                                const uint8_t *codestream, size_t count, uint8_t *out, size_t out_count);

/// Decodes one sequential or lossless JPEG frame likewise; `bits_stored` is the precision of the codestream. YBR becomes
/// RGB. Anything that the decoder warns of, such as data missing in the middle, is `DICOM_CORRUPT`; data that end too
/// soon are `DICOM_MALFORMED`.
dicom_status dicom_decode_jpeg(const dicom_frame_description *description, const uint8_t *codestream, size_t count,
                               uint8_t *out, size_t out_count);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif
