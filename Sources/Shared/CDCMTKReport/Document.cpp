#include "CDCMTKReport.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmsr/dsrdoc.h>
#include <dcmtk/dcmsr/dsrimgvl.h>
#include <dcmtk/dcmsr/dsrnumvl.h>
#include <dcmtk/dcmsr/dsrsc3vl.h>

struct sr_document {
    DSRDocument document{DSRTypes::DT_Comprehensive3DSR};
};

namespace {

template <typename Body>
sr_status guarded(Body body) {
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return SR_NO_MEMORY;
    } catch (...) {
        return SR_FAILED;
    }
}

sr_status status(const OFCondition &condition) { return condition.good() ? SR_OK : SR_REFUSED; }

DSRCodedEntryValue entry(const sr_code &code) { return DSRCodedEntryValue(code.value, code.scheme, code.meaning); }

DSRTypes::E_RelationshipType type(sr_relationship relationship) {
    switch (relationship) {
        case SR_CONTAINS: return DSRTypes::RT_contains;
        case SR_HAS_OBSERVATION_CONTEXT: return DSRTypes::RT_hasObsContext;
        case SR_HAS_ACQUISITION_CONTEXT: return DSRTypes::RT_hasAcqContext;
        case SR_HAS_CONCEPT_MODIFIER: return DSRTypes::RT_hasConceptMod;
        case SR_HAS_PROPERTIES: return DSRTypes::RT_hasProperties;
        case SR_INFERRED_FROM: return DSRTypes::RT_inferredFrom;
    }
    return DSRTypes::RT_invalid;
}

/// Adds an item below the current one and fills it by `fill`.
template <typename Fill>
sr_status add(sr_document *document, sr_relationship relationship, DSRTypes::E_ValueType value, const sr_code *concept,
              Fill fill) {
    return guarded([&] {
        DSRDocumentTree &tree = document->document.getTree();
        if (tree.addContentItem(type(relationship), value, DSRTypes::AM_belowCurrent) == 0) return SR_REFUSED;
        DSRContentItem &item = tree.getCurrentContentItem();
        if (concept && item.setConceptName(entry(*concept)).bad()) return SR_REFUSED;
        return status(fill(item));
    });
}

OFCondition set_template(DSRContentItem &item, const char *template_id) {
    return item.setTemplateIdentification(template_id, "DCMR");
}

sr_status write(DcmFileFormat &format, uint8_t **bytes, size_t *count) {
    const E_TransferSyntax syntax = EXS_LittleEndianExplicit;
    if (format.validateMetaInfo(syntax, EWM_createNewMeta).bad()) return SR_REFUSED;
    const size_t size = static_cast<size_t>(format.calcElementLength(syntax, EET_ExplicitLength)) + (1u << 12);
    std::unique_ptr<uint8_t, void (*)(void *)> buffer(static_cast<uint8_t *>(std::malloc(size)), std::free);
    if (!buffer) return SR_NO_MEMORY;
    DcmOutputBufferStream stream(buffer.get(), static_cast<offile_off_t>(size));
    format.transferInit();
    const OFCondition written = format.write(stream, syntax, EET_ExplicitLength, nullptr);
    format.transferEnd();
    if (written.bad()) return SR_FAILED;
    void *start = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(start, length);
    *bytes = buffer.release();
    *count = static_cast<size_t>(length);
    return SR_OK;
}

}  // namespace

sr_document *sr_create(sr_code title, const char *template_id) {
    sr_document *made = nullptr;
    guarded([&] {
        auto document = std::make_unique<sr_document>();
        DSRDocumentTree &tree = document->document.getTree();
        if (document->document.setSpecificCharacterSetType(DSRTypes::CS_UTF8).bad()) return SR_REFUSED;
        if (tree.addContentItem(DSRTypes::RT_isRoot, DSRTypes::VT_Container) == 0) return SR_REFUSED;
        DSRContentItem &root = tree.getCurrentContentItem();
        if (root.setConceptName(entry(title)).bad() || set_template(root, template_id).bad()) return SR_REFUSED;
        made = document.release();
        return SR_OK;
    });
    return made;
}

void sr_free(sr_document *document) { delete document; }

sr_status sr_add_container(sr_document *document, sr_relationship relationship, sr_code concept,
                           const char *template_id) {
    return add(document, relationship, DSRTypes::VT_Container, &concept, [&](DSRContentItem &item) {
        return template_id ? set_template(item, template_id) : OFCondition(EC_Normal);
    });
}

sr_status sr_add_text(sr_document *document, sr_relationship relationship, sr_code concept, const char *text) {
    return add(document, relationship, DSRTypes::VT_Text, &concept,
               [&](DSRContentItem &item) { return item.setStringValue(text); });
}

sr_status sr_add_code(sr_document *document, sr_relationship relationship, sr_code concept, sr_code value) {
    return add(document, relationship, DSRTypes::VT_Code, &concept,
               [&](DSRContentItem &item) { return item.setCodeValue(entry(value)); });
}

sr_status sr_add_uid(sr_document *document, sr_relationship relationship, sr_code concept, const char *uid) {
    return add(document, relationship, DSRTypes::VT_UIDRef, &concept,
               [&](DSRContentItem &item) { return item.setStringValue(uid); });
}

sr_status sr_add_number(sr_document *document, sr_relationship relationship, sr_code concept, const char *number,
                        sr_code unit) {
    return add(document, relationship, DSRTypes::VT_Num, &concept, [&](DSRContentItem &item) {
        return item.setNumericValue(DSRNumericMeasurementValue(number, entry(unit)));
    });
}

sr_status sr_add_image(sr_document *document, sr_relationship relationship, const sr_code *concept,
                       const char *sop_class_uid, const char *sop_instance_uid) {
    return add(document, relationship, DSRTypes::VT_Image, concept, [&](DSRContentItem &item) {
        // Not checked against DCMTK's list of image classes, which is older than some classes.
        return item.setImageReference(DSRImageReferenceValue(sop_class_uid, sop_instance_uid, OFFalse), OFFalse);
    });
}

sr_status sr_add_polygon(sr_document *document, sr_relationship relationship, sr_code concept,
                         const char *frame_of_reference_uid, const float *points, size_t count) {
    return add(document, relationship, DSRTypes::VT_SCoord3D, &concept, [&](DSRContentItem &item) {
        DSRSpatialCoordinates3DValue value(DSRTypes::GT3_Polygon);
        const OFCondition condition = value.setFrameOfReferenceUID(frame_of_reference_uid);
        if (condition.bad()) return condition;
        for (size_t i = 0; i < count; i++)
            value.getGraphicDataList().addItem(points[3 * i], points[3 * i + 1], points[3 * i + 2]);
        return item.setSpatialCoordinates3D(value);
    });
}

sr_status sr_up(sr_document *document) {
    return guarded([&] { return document->document.getTree().goUp() > 0 ? SR_OK : SR_REFUSED; });
}

sr_status sr_add_evidence(sr_document *document, const char *study_uid, const char *series_uid,
                          const char *sop_class_uid, const char *sop_instance_uid) {
    return guarded([&] {
        return status(document->document.getCurrentRequestedProcedureEvidence().addItem(
            study_uid, series_uid, sop_class_uid, sop_instance_uid));
    });
}

sr_status sr_add_predecessor(sr_document *document, const char *study_uid, const char *series_uid,
                             const char *sop_class_uid, const char *sop_instance_uid) {
    return guarded([&] {
        return status(document->document.getPredecessorDocuments().addItem(study_uid, series_uid, sop_class_uid,
                                                                           sop_instance_uid));
    });
}

sr_status sr_add_coding_scheme(sr_document *document, const char *designator, const char *uid, const char *name) {
    return guarded([&] {
        auto &schemes = document->document.getCodingSchemeIdentification();
        if (schemes.addItem(designator).bad() || schemes.setCodingSchemeUID(uid).bad()) return SR_REFUSED;
        return status(schemes.setCodingSchemeName(name));
    });
}

sr_status sr_serialise(sr_document *document, uint8_t **bytes, size_t *count) {
    *bytes = nullptr;
    *count = 0;
    return guarded([&] {
        DSRDocument &report = document->document;
        if (report.completeDocument().bad()) return SR_REFUSED;
        if (report.setPreliminaryFlag(DSRTypes::PF_Preliminary).bad()) return SR_REFUSED;
        DcmFileFormat format;
        if (report.write(*format.getDataset()).bad()) return SR_REFUSED;
        return write(format, bytes, count);
    });
}
