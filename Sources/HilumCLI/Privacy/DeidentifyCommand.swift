import Deidentification
import Foundation
import RPC
import ServiceKit

/// `hilum deidentify`
package struct DeidentifyCommand: Command {
    package static let name = "deidentify"
    package static let operands = "IN OUT"
    package static let summary = "Takes out of DICOM files what says whose they are (PS3.15 Annex E)."
    package static let options = [
        Option("secret", "FILE", help: "The site's secret, 32 bytes or more, from which pseudonyms follow; required."),
        Option("retain-dates", help: "Keeps dates, moved by as many days for all of a patient."),
        Option("retain-patient", help: "Keeps age, sex, size, weight and the like."),
        Option("retain-device", help: "Keeps serial numbers, station names and the like."),
        Option("clean-descriptors", help: "Keeps the words of radiology in descriptions."),
        Option("regions", "FILE", help: "Rules in JSON: where the pixels of which devices are blackened."),
        Option("map", "FILE", help: "Adds to this file which pseudonym stands for whom; it stays inside."),
    ]

    private let input: String
    private let output: String
    private let secretFile: String
    private let regionFile: String?
    private let mapFile: String?
    private let options: DeidentificationOptions

    package init(_ arguments: Arguments) throws(UsageError) {
        guard arguments.operands.count == 2 else {
            throw UsageError("a file or folder, and where to write it, are expected")
        }
        guard let secret = arguments.value("secret") else { throw UsageError("--secret is missing") }
        (input, output, secretFile) = (arguments.operands[0], arguments.operands[1], secret)
        regionFile = arguments.value("regions")
        mapFile = arguments.value("map")
        var options = DeidentificationOptions()
        options.retainsModifiedDates = arguments.has("retain-dates")
        options.retainsPatientCharacteristics = arguments.has("retain-patient")
        options.retainsDeviceIdentity = arguments.has("retain-device")
        options.cleansDescriptors = arguments.has("clean-descriptors")
        self.options = options
    }

    /// Goes on after a file that is refused; nothing of it is written.
    package func run(_ console: Console) async throws(Failure) {
        let deidentifier = try makeDeidentifier()
        var map = try mapFile.map { path throws(Failure) in try MapFile.open(path) }
        let files = try InputFiles.find([input])
        let isFolder = files != [input]
        var refused = 0
        for (index, file) in files.enumerated() {
            console.progress("\(index + 1) of \(files.count)")
            do throws(Failure) {
                let object = try Self.deidentify(file, with: deidentifier)
                if map != nil { try MapFile.add(object, to: &map) }
                try InputFiles.write(
                    object.bytes, to: isFolder ? path(of: object, number: index + 1) : URL(filePath: output))
            } catch {
                refused += 1
                console.progress("")
                console.complain(error.message)
            }
        }
        console.progress("")
        console.print("\(files.count - refused) of \(files.count) files de-identified")
        if refused > 0 { throw Failure(.refused) }
    }

    private func makeDeidentifier() throws(Failure) -> Deidentifier {
        let secret = try SecretFile.read(secretFile)
        var options = options
        if let regionFile {
            let json = try InputFiles.read(regionFile)
            do throws(DeidentificationError) {
                options.regions = try RegionRules(json)
            } catch {
                throw Failure(.usage, "\(regionFile): \(error.rpcStatus.message)")
            }
        }
        return Deidentifier(secret: secret, options: options)
    }

    private static func deidentify(_ file: String, with deidentifier: Deidentifier) throws(Failure)
        -> DeidentifiedObject
    {
        let bytes = try InputFiles.read(file)
        do throws(DeidentificationError) {
            return try deidentifier.deidentify(bytes)
        } catch {
            throw Failure(.refused, "\(file): \(error.rpcStatus.message)")
        }
    }

    /// Names of files and folders may say who somebody is, so that none of the input's is used.
    private func path(of object: DeidentifiedObject, number: Int) -> URL {
        let identity = object.identity
        let name = identity.sopInstanceUID.isEmpty ? "object-\(number)" : identity.sopInstanceUID
        let folders = [identity.patient, identity.studyInstanceUID, identity.seriesInstanceUID].filter { !$0.isEmpty }
        return folders.reduce(URL(filePath: output)) { $0.appending(path: $1) }.appending(path: name + ".dcm")
    }
}
