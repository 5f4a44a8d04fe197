import DICOMNetwork
import Foundation
import Imaging

/// DICOM files with just the header that the gateway reads.
enum SampleInstance {
    static func radiograph(
        _ sop: String, study: String = "1.2", series: String = "1.2.1", modality: String = "DX", comment: String = ""
    ) throws -> Data {
        try file(sop, study, series, modality, "1.2.840.10008.5.1.4.1.1.1.1", comment)
    }

    static func slice(_ sop: String, study: String = "1.2", series: String = "1.2.1") throws -> Data {
        try file(sop, study, series, "MR", "1.2.840.10008.5.1.4.1.1.4", "")
    }

    private static func file(
        _ sop: String, _ study: String, _ series: String, _ modality: String, _ sopClass: String, _ comment: String
    ) throws -> Data {
        let dataSet = try DataSet()
        try dataSet.set(.sopClassUID, sopClass)
        try dataSet.set(.sopInstanceUID, sop)
        try dataSet.set(.studyInstanceUID, study)
        try dataSet.set(.seriesInstanceUID, series)
        try dataSet.set(.modality, modality)
        if !comment.isEmpty { try dataSet.set(.studyDescription, comment) }
        return try dataSet.serialised()
    }

    /// The file's data set in a file that another program wrote: an other preamble and meta information of its own.
    static func repacked(_ file: Data) throws -> Data {
        let part = try Part10File(file)
        let meta = FileMeta.bytes(
            sopClassUID: part.sopClassUID, sopInstanceUID: part.sopInstanceUID,
            transferSyntaxUID: part.transferSyntaxUID)
        var repacked = Data(meta)
        repacked.replaceSubrange(0..<4, with: Data("II*\0".utf8))
        return repacked + file.dropFirst(part.dataSetOffset)
    }

    /// A radiograph without this one of its identifiers.
    static func lacking(_ keyword: String) throws -> Data {
        let dataSet = try DataSet()
        try dataSet.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.1.1")
        try dataSet.set(.modality, "DX")
        if keyword != "SOPInstanceUID" { try dataSet.set(.sopInstanceUID, "1.1") }
        if keyword != "StudyInstanceUID" { try dataSet.set(.studyInstanceUID, "1.2") }
        if keyword != "SeriesInstanceUID" { try dataSet.set(.seriesInstanceUID, "1.3") }
        return try dataSet.serialised()
    }
}
