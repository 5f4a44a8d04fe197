import ClassifierService
import Foundation
import Imaging

/// Image files made in memory.
enum SampleImages {
    /// A drawing of a chest that passes every gate, with some grain, since a flat area at an end of the scale counts
    /// as clipped.
    static func chest(side: Int = 640) -> Radiograph {
        var random = SeededGenerator(state: 1)
        return flatChest(side: side).mapped { min(max($0 + Float.random(in: -0.05...0.05, using: &random), 0), 1) }
    }

    /// The drawing: lungs, mediastinum, heart, abdomen, air, each of one grey.
    static func flatChest(side: Int = 640) -> Radiograph {
        .drawn(side, side) { row, column in
            let (x, y) = (Double(column) / Double(side) - 0.5, Double(row) / Double(side) - 0.5)
            let isLung = [-0.22, 0.22].contains { pow((x - $0) / 0.15, 2) + pow((y + 0.05) / 0.32, 2) < 1 }
            let isHeart = pow((x - 0.06) / 0.14, 2) + pow((y - 0.12) / 0.14, 2) < 1
            if y > 0.25 { return 0.9 }
            if isHeart || abs(x) < 0.07 { return 0.85 }
            if isLung { return 0.25 }
            return abs(x) > 0.46 ? 0.05 : 0.6
        }
    }

    static func png(_ image: Radiograph) throws -> Data {
        try PNGImage.encode(
            grey: image.pixels.map { UInt8(($0 * 255).rounded()) }, rows: image.rows, columns: image.columns)
    }

    /// A drawing as a DICOM file, 8 bits, MONOCHROME2.
    static func dicom(_ image: Radiograph, modality: String = "DX", change: (DataSet) throws -> Void = { _ in }) throws
        -> Data
    {
        let dataSet = try DataSet()
        try dataSet.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.1.1")
        try dataSet.set(.sopInstanceUID, "2.25.1")
        try dataSet.set(.modality, modality)
        try dataSet.set(.patientName, "Doe^Jane")
        try dataSet.set(.samplesPerPixel, 1)
        try dataSet.set(.photometricInterpretation, "MONOCHROME2")
        try dataSet.set(.rows, image.rows)
        try dataSet.set(.columns, image.columns)
        try dataSet.set(.bitsAllocated, 8)
        try dataSet.set(.bitsStored, 8)
        try dataSet.set(.highBit, 7)
        try dataSet.set(.pixelRepresentation, 0)
        var pixels = Data(image.pixels.map { UInt8(($0 * 255).rounded()) })
        if pixels.count % 2 == 1 { pixels.append(0) }
        try dataSet.set(.pixelData, bytes: pixels, vr: "OB")
        try change(dataSet)
        return try dataSet.serialised()
    }

    /// A PNG file that says it has this size and holds next to no pixels.
    static func pngHeader(rows: UInt32, columns: UInt32) -> Data {
        let size = [columns, rows].reduce(into: Data()) { data, number in
            withUnsafeBytes(of: number.bigEndian) { data.append(contentsOf: $0) }
        }
        return Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            + chunk("IHDR", size + Data([8, 0, 0, 0, 0]))  // 8-bit grey
            + chunk("IDAT", Data([0x78, 0x9C, 0x03, 0x00]))
    }

    private static func chunk(_ name: String, _ body: Data) -> Data {
        func bigEndian(_ number: UInt32) -> Data { withUnsafeBytes(of: number.bigEndian) { Data($0) } }
        let checked = Data(name.utf8) + body
        return bigEndian(UInt32(body.count)) + checked + bigEndian(crc(checked))
    }

    /// CRC-32 of ISO 3309, as PNG has it.
    private static func crc(_ data: Data) -> UInt32 {
        ~data.reduce(0xFFFF_FFFF as UInt32) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}
