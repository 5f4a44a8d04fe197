import ClassifierService
import Foundation
import Imaging
import Testing
import Wire

/// Frontal chest radiographs of three machines.
private let frontal = [
    "cxr/nih_dx_nofinding.dcm", "cxr/nih_00027426_000_nofinding.png", "cxr/CR-MONO1-10-chest_nopreamble.dcm",
]

/// Real images that are no frontal chest radiographs, as pixels without header.
private let others = [
    "cxr/dx_dog_thorax.dcm", "xr_other/image_dfl.dcm", "xr_other/mlut_18.dcm", "xr_other/JPGExtended.dcm",
    "xr_other/JPGLosslessP14SV1_1s_1f_8b.dcm", "xr_other/GH538-jpeg14sv1.dcm", "other/CT_small.dcm",
    "mr/MR2_J2KR.dcm", "mr/mr_3plane_loc.dcm", "mr_series_wrist/MR07.dcm",
]

/// The gates with the size limit below the smallest of the real images, so that the other gates are seen.
private var gates: QualityGates {
    var limits = GateLimits()
    limits.minSize = 256
    return QualityGates(limits: limits)
}

@Suite(.enabled(if: SharedData.isPresent, "../shared/data is not here"))
struct RealImageGateTests {
    @Test(arguments: frontal)
    func `a frontal chest radiograph passes every gate`(file: String) throws {
        let report = gates.examine(try .file(file))
        #expect(report.reasons == [])
        #expect(report.gates.map(\.name) == ["size", "blank", "clipping", "chest", "polarity", "rotation", "lateral"])
    }

    @Test func `440 pixels are too few by default and the figure says so`() throws {
        let report = QualityGates().examine(try .file("cxr/CR-MONO1-10-chest_nopreamble.dcm"))
        #expect(report.reasons == ["size: the shorter side has 440 px; at least 512 px are needed"])
        #expect(report.message.grade == .ungradable)
    }

    @Test(arguments: frontal, [90, 180, 270])
    func `a frontal chest radiograph on its side or head is refused by rotation alone`(
        file: String, degrees: Int
    ) throws {
        var image = try Radiograph.file(file)
        for _ in 0..<degrees / 90 { image = image.turnedClockwise }
        let report = gates.examine(image)
        #expect(report.gates.filter { !$0.passed }.map(\.name) == ["rotation"])
        #expect(report.gates.first { $0.name == "rotation" }?.value == Double(360 - degrees))
    }

    @Test(arguments: frontal)
    func `an inverted chest radiograph is refused by polarity`(file: String) throws {
        let report = gates.examine(try Radiograph.file(file).mapped { 1 - $0 })
        #expect(report.failed("polarity"))
        #expect(!report.failed("chest") && !report.failed("rotation"))
    }

    @Test(arguments: frontal)
    func `tone curve, flip, tilt and a tight frame do not matter`(file: String) throws {
        let image = try Radiograph.file(file)
        let variants: [(String, Radiograph)] = [
            ("dark", image.mapped { $0 * $0 }), ("bright", image.mapped { $0.squareRoot() }),
            ("flipped", image.flipped), ("tilted left", image.tilted(degrees: -10)),
            ("tilted right", image.tilted(degrees: 10)), ("cut above", image.cropped(top: 0.15)),
            ("cut to the side", image.cropped(left: 0.15)),
        ]
        for (name, variant) in variants {
            #expect(gates.examine(variant).reasons == [], "\(name)")
        }
    }

    @Test(arguments: others)
    func `what is no frontal chest radiograph is refused by its pixels alone`(file: String) throws {
        let report = gates.examine(try .file(file))
        #expect(!report.isGradable)
    }

    @Test(arguments: others)
    func `upright and as shown nothing else comes near the likeness of a chest`(file: String) throws {
        let image = try Radiograph.file(file)
        let thumbnail = GreyThumbnail(of: image, size: ChestTemplate.size)
        #expect(ChestTemplate.standard.likenesses(of: [thumbnail.ranked])[0].upright <= 0.36)
    }

    @Test func `a window that clips the lungs is refused by clipping`() throws {
        let image = try Radiograph.file("cxr/nih_00027426_000_nofinding.png")
        let dark = gates.examine(image.mapped { max(0, ($0 - 0.4) / 0.6) })
        #expect(dark.reasons == ["clipping: too much of the patient is at the darkest value"])
        let bright = gates.examine(image.mapped { min(1, $0 / 0.6) })
        #expect(bright.reasons == ["clipping: too much of the field is at the brightest value"])
    }
}
