#pragma once
// The small C surface of DCMTK's structured reporting (dcmsr): one Comprehensive 3D SR document, built item by item.
//
// DCMTK checks each item against the document type's relationship constraints (PS3.3 §A.35.13) and each value against
// its value representation; what it refuses is SR_REFUSED, and the document is then to be thrown away. Patient, study,
// equipment and UIDs are the caller's business: they are written over the serialised data set. Nothing here locks.
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

typedef struct sr_document sr_document;

typedef enum { SR_OK = 0, SR_REFUSED, SR_NO_MEMORY, SR_FAILED } sr_status;

typedef enum {
    SR_CONTAINS,
    SR_HAS_OBSERVATION_CONTEXT,
    SR_HAS_ACQUISITION_CONTEXT,
    SR_HAS_CONCEPT_MODIFIER,
    SR_HAS_PROPERTIES,
    SR_INFERRED_FROM
} sr_relationship;

/// A coded concept (PS3.3 §8.8). All three are set, in UTF-8.
typedef struct {
    const char *value, *scheme, *meaning;
} sr_code;

/// A document whose root container has this title and this template of the DCMR. NULL without memory or when refused.
sr_document *_Nullable sr_create(sr_code title, const char *template_id);
void sr_free(sr_document *document);

// Each of these adds an item below the current one, behind its last child, and makes it the current one.
sr_status sr_add_container(sr_document *document, sr_relationship relationship, sr_code concept,
                           const char *_Nullable template_id);
sr_status sr_add_text(sr_document *document, sr_relationship relationship, sr_code concept, const char *text);
sr_status sr_add_code(sr_document *document, sr_relationship relationship, sr_code concept, sr_code value);
sr_status sr_add_uid(sr_document *document, sr_relationship relationship, sr_code concept, const char *uid);
/// `number` is a decimal string of at most 16 characters.
sr_status sr_add_number(sr_document *document, sr_relationship relationship, sr_code concept, const char *number,
                        sr_code unit);
/// `concept` may be NULL.
sr_status sr_add_image(sr_document *document, sr_relationship relationship, const sr_code *_Nullable concept,
                       const char *sop_class_uid, const char *sop_instance_uid);
/// A closed polygon in patient coordinates: `count` points of three values, mm, the last equal to the first.
sr_status sr_add_polygon(sr_document *document, sr_relationship relationship, sr_code concept,
                         const char *frame_of_reference_uid, const float *points, size_t count);
/// Goes back to the parent of the current item.
sr_status sr_up(sr_document *document);

/// Names an instance in the Current Requested Procedure Evidence Sequence (0040,A375).
sr_status sr_add_evidence(sr_document *document, const char *study_uid, const char *series_uid,
                          const char *sop_class_uid, const char *sop_instance_uid);
/// Names the document that this one replaces (0040,A360).
sr_status sr_add_predecessor(sr_document *document, const char *study_uid, const char *series_uid,
                             const char *sop_class_uid, const char *sop_instance_uid);
/// Identifies a private coding scheme (0008,0110).
sr_status sr_add_coding_scheme(sr_document *document, const char *designator, const char *uid, const char *name);

/// Part 10 bytes, Explicit VR Little Endian, allocated with malloc. The document is complete, preliminary and
/// unverified.
sr_status sr_serialise(sr_document *document, uint8_t *_Nullable *_Nonnull bytes, size_t *count);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif
