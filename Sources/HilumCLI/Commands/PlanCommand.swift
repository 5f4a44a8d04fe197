import Foundation
package import Wire

/// `hilum plan DIR|FILES --views sa,4ch,2ch [--reformats OUTDIR]`
package struct PlanCommand: Command {
    package static let name = "plan"
    package static let operands = "FOLDER|FILE…"
    package static let summary = "Plans the views of the heart on one scout volume (one DICOM series, or one NIfTI)."
    package static let options =
        Server.options + [
            Option("views", "LIST", help: "Of sa, 4ch, 2ch, 3ch, with commas between; default sa,4ch,2ch."),
            Option("reformats", "FOLDER", help: "Writes the volume cut along each view, as DICOM and PNG."),
            Option("model", "NAME", help: "Bundle to use, NAME or NAME/VERSION."),
        ]

    private let server: Server
    private let paths: [String]
    package let views: [View]
    private let reformats: String?
    private let model: String

    package init(_ arguments: Arguments) throws(UsageError) {
        server = try Server(arguments)
        paths = try arguments.atLeastOneOperand("FOLDER or FILE")
        views = try Self.views(arguments.value("views") ?? "sa,4ch,2ch")
        reformats = arguments.value("reformats")
        model = arguments.value("model") ?? ""
    }

    private static func views(_ text: String) throws(UsageError) -> [View] {
        let names: [String: View] = ["sa": .shortAxis, "4ch": .fourChamber, "2ch": .twoChamber, "3ch": .threeChamber]
        var views: [View] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let view = names[name.lowercased()] else {
                throw UsageError("--views \(text): sa, 4ch, 2ch or 3ch expected")
            }
            views.append(view)
        }
        return views
    }

    package func run(_ console: Console) async throws(Failure) {
        let request = try request()
        let subject = paths.count == 1 ? paths[0] : "\(paths.count) files"
        let response = try await server.call(PlanningServiceMethods.planViews, request, subject: subject, console)
        if let reformats { try write(response, to: reformats) }
        if server.printsJSON {
            try server.printJSON(response, console)
        } else {
            console.print(PlanText.planes(response))
            console.print(Notice.text(response.model.map { [$0] } ?? []))
        }
    }

    private func request() throws(Failure) -> PlanViewsRequest {
        let files = try InputFiles.find(paths)
        var request = PlanViewsRequest(views: views, includeReformats: reformats != nil, model: model)
        if files.count == 1, InputFiles.isNIfTI(files[0]) {
            request.nifti = try InputFiles.read(files[0])
        } else {
            for file in files { request.instances.append(try InputFiles.read(file)) }
        }
        return request
    }

    private func write(_ response: PlanViewsResponse, to folder: String) throws(Failure) {
        for plane in response.planes {
            for (index, reformat) in plane.reformats.enumerated() {
                let name = "\(Text.name(plane.view))_\(String(format: "%02d", index))"
                let base = URL(filePath: folder).appending(path: name)
                try InputFiles.write(reformat.dicom, to: base.appendingPathExtension("dcm"))
                try InputFiles.write(reformat.png, to: base.appendingPathExtension("png"))
            }
        }
    }
}

/// The answer of the planning service as text.
package enum PlanText {
    /// One row a view, and the slice group of the short axis below.
    package static func planes(_ response: PlanViewsResponse) -> String {
        var table = Table("VIEW", "CENTER (LPS, mm)", "NORMAL", "CONFIDENCE", "RESIDUAL")
        for plane in response.planes {
            table.add(
                Text.name(plane.view), Text.vector(plane.center, 1), Text.vector(plane.normal, 3),
                Text.fixed(plane.confidence, 2), Text.fixed(plane.residualMm, 1) + " mm")
        }
        return ([table.text] + response.planes.compactMap(stack)).joined(separator: "\n")
    }

    private static func stack(_ plane: ViewPlane) -> String? {
        plane.sliceGroup.map { group in
            """
            \(Text.name(plane.view)) stack: \(group.count) slices of \(Text.fixed(group.thicknessMm, 1)) mm, gap \
            \(Text.fixed(group.gapMm, 1)) mm, from \(Text.vector(group.firstCenter, 1)) (apex) to \
            \(Text.vector(group.lastCenter, 1)) (base)
            """
        }
    }
}
