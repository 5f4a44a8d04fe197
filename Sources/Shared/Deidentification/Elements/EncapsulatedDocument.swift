import Foundation
import Imaging

/// The stand-in for a document inside an object: it opens, and says that the original was taken out.
enum EncapsulatedDocument {
    private static let mediaType = Tag(0x0042, 0x0012)
    private static let length = Tag(0x0042, 0x0015)

    /// - Throws: `DeidentificationError.unsupportedDocument` for media types without a stand-in.
    static func replace(in item: DataSet) throws(DeidentificationError) {
        let document: [UInt8]
        switch item.string(mediaType)?.lowercased() {
        case "application/pdf": document = pdf
        case "text/xml", "application/xml": document = Array(xml.utf8)
        default: throw .unsupportedDocument
        }
        do throws(ImagingError) {
            try item.set(.encapsulatedDocument, bytes: Data(document + (document.count % 2 == 0 ? [] : [0])), vr: "OB")
            if item.contains(length) { try item.set(length, numbers: [Double(document.count)], vr: "UL") }
        } catch {
            throw .imaging(error)
        }
    }

    private static let xml = "<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>"

    /// One page that says what is missing (ISO 32000-1 §7.5), with the places of its objects counted.
    private static let pdf: [UInt8] = {
        let text = "BT /F1 18 Tf 72 720 Td (Removed by de-identification) Tj ET"
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            "<</Length \(text.utf8.count)>>stream\n\(text)\nendstream",
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
        var file = "%PDF-1.4\n"
        var places: [Int] = []
        for (index, object) in objects.enumerated() {
            places.append(file.utf8.count)
            file += "\(index + 1) 0 obj\(object)endobj\n"
        }
        let start = file.utf8.count
        file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for place in places {
            let digits = String(place)
            file += String(repeating: "0", count: 10 - digits.utf8.count) + digits + " 00000 n \n"
        }
        file += "trailer<</Size \(objects.count + 1)/Root 1 0 R>>\nstartxref\n\(start)\n%%EOF\n"
        return Array(file.utf8)
    }()
}
