/// The tag of a DICOM attribute (PS3.6 §6), ordered as in a data set.
package struct Tag: Hashable, Sendable, Comparable {
    package let group: UInt16
    package let element: UInt16

    package init(_ group: UInt16, _ element: UInt16) {
        self.group = group
        self.element = element
    }

    /// Group in the upper half.
    package init(packed: UInt32) {
        self.init(UInt16(packed >> 16), UInt16(packed & 0xFFFF))
    }

    package var packed: UInt32 { UInt32(group) << 16 | UInt32(element) }

    package static func < (a: Tag, b: Tag) -> Bool { a.packed < b.packed }
}

extension Tag {
    package static let transferSyntaxUID = Tag(0x0002, 0x0010)
    package static let specificCharacterSet = Tag(0x0008, 0x0005)
    package static let imageType = Tag(0x0008, 0x0008)
    package static let sopClassUID = Tag(0x0008, 0x0016)
    package static let sopInstanceUID = Tag(0x0008, 0x0018)
    package static let studyDate = Tag(0x0008, 0x0020)
    package static let studyTime = Tag(0x0008, 0x0030)
    package static let accessionNumber = Tag(0x0008, 0x0050)
    package static let modality = Tag(0x0008, 0x0060)
    package static let presentationIntentType = Tag(0x0008, 0x0068)
    package static let manufacturer = Tag(0x0008, 0x0070)
    package static let referringPhysicianName = Tag(0x0008, 0x0090)
    package static let studyDescription = Tag(0x0008, 0x1030)
    package static let seriesDescription = Tag(0x0008, 0x103E)
    package static let referencedSOPClassUID = Tag(0x0008, 0x1150)
    package static let referencedSOPInstanceUID = Tag(0x0008, 0x1155)
    package static let referencedImageSequence = Tag(0x0008, 0x1140)
    package static let sourceImageSequence = Tag(0x0008, 0x2112)
    package static let derivationDescription = Tag(0x0008, 0x2111)
    package static let patientName = Tag(0x0010, 0x0010)
    package static let patientID = Tag(0x0010, 0x0020)
    package static let patientBirthDate = Tag(0x0010, 0x0030)
    package static let patientSex = Tag(0x0010, 0x0040)
    package static let bodyPartExamined = Tag(0x0018, 0x0015)
    package static let sliceThickness = Tag(0x0018, 0x0050)
    package static let spacingBetweenSlices = Tag(0x0018, 0x0088)
    package static let imagerPixelSpacing = Tag(0x0018, 0x1164)
    package static let patientPosition = Tag(0x0018, 0x5100)
    package static let viewPosition = Tag(0x0018, 0x5101)
    package static let studyInstanceUID = Tag(0x0020, 0x000D)
    package static let seriesInstanceUID = Tag(0x0020, 0x000E)
    package static let studyID = Tag(0x0020, 0x0010)
    package static let seriesNumber = Tag(0x0020, 0x0011)
    package static let acquisitionNumber = Tag(0x0020, 0x0012)
    package static let instanceNumber = Tag(0x0020, 0x0013)
    package static let imagePositionPatient = Tag(0x0020, 0x0032)
    package static let imageOrientationPatient = Tag(0x0020, 0x0037)
    package static let frameOfReferenceUID = Tag(0x0020, 0x0052)
    package static let imageLaterality = Tag(0x0020, 0x0062)
    package static let planePositionSequence = Tag(0x0020, 0x9113)
    package static let planeOrientationSequence = Tag(0x0020, 0x9116)
    package static let samplesPerPixel = Tag(0x0028, 0x0002)
    package static let photometricInterpretation = Tag(0x0028, 0x0004)
    package static let planarConfiguration = Tag(0x0028, 0x0006)
    package static let numberOfFrames = Tag(0x0028, 0x0008)
    package static let rows = Tag(0x0028, 0x0010)
    package static let columns = Tag(0x0028, 0x0011)
    package static let pixelSpacing = Tag(0x0028, 0x0030)
    package static let bitsAllocated = Tag(0x0028, 0x0100)
    package static let bitsStored = Tag(0x0028, 0x0101)
    package static let highBit = Tag(0x0028, 0x0102)
    package static let pixelRepresentation = Tag(0x0028, 0x0103)
    package static let pixelPaddingValue = Tag(0x0028, 0x0120)
    package static let pixelPaddingRangeLimit = Tag(0x0028, 0x0121)
    package static let burnedInAnnotation = Tag(0x0028, 0x0301)
    package static let windowCenter = Tag(0x0028, 0x1050)
    package static let windowWidth = Tag(0x0028, 0x1051)
    package static let rescaleIntercept = Tag(0x0028, 0x1052)
    package static let rescaleSlope = Tag(0x0028, 0x1053)
    package static let rescaleType = Tag(0x0028, 0x1054)
    package static let voiLUTFunction = Tag(0x0028, 0x1056)
    package static let modalityLUTSequence = Tag(0x0028, 0x3000)
    package static let lutDescriptor = Tag(0x0028, 0x3002)
    package static let lutData = Tag(0x0028, 0x3006)
    package static let voiLUTSequence = Tag(0x0028, 0x3010)
    package static let pixelMeasuresSequence = Tag(0x0028, 0x9110)
    package static let frameVOILUTSequence = Tag(0x0028, 0x9132)
    package static let pixelValueTransformationSequence = Tag(0x0028, 0x9145)
    package static let presentationLUTShape = Tag(0x2050, 0x0020)
    package static let sharedFunctionalGroupsSequence = Tag(0x5200, 0x9229)
    package static let perFrameFunctionalGroupsSequence = Tag(0x5200, 0x9230)
    package static let floatPixelData = Tag(0x7FE0, 0x0008)
    package static let doubleFloatPixelData = Tag(0x7FE0, 0x0009)
    package static let pixelData = Tag(0x7FE0, 0x0010)
}
