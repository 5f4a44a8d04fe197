package import Deidentification
package import RPC

extension DeidentificationError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .imaging(let error): error.rpcStatus
        case .mediaDirectory:
            RPCStatus(
                .failedPrecondition, reason: "MEDIA_DIRECTORY", "the directory of a medium is not de-identified",
                field: "SOPClassUID", remedy: "De-identify the files that it lists.")
        case .burnedInAnnotation:
            RPCStatus(
                .failedPrecondition, reason: "BURNED_IN_ANNOTATION", "text is burned into the pixels",
                field: "BurnedInAnnotation", found: "YES", limit: "NO, or a region rule",
                remedy: "Write a region rule for this device.")
        case .unsupportedTransferSyntax(let uid):
            RPCStatus(
                .failedPrecondition, reason: "UNSUPPORTED_TRANSFER_SYNTAX",
                "comments inside pixels of this transfer syntax cannot be found", field: "TransferSyntaxUID",
                found: uid,
                remedy: "Send the object in another transfer syntax.")
        case .unreadableCodestream(let frame):
            RPCStatus(
                .failedPrecondition, reason: "UNREADABLE_CODESTREAM",
                "the markers of frame \(frame) cannot be followed",
                field: "PixelData", found: "frame \(frame)", remedy: "Correct the compressed frame.")
        case .unsupportedDocument:
            RPCStatus(
                .failedPrecondition, reason: "UNSUPPORTED_DOCUMENT", "the document inside has no harmless stand-in",
                field: "MIMETypeOfEncapsulatedDocument", limit: "application/pdf, text/xml",
                remedy: "Leave the object out.")
        case .unsupportedPixels(let reason):
            RPCStatus(
                .failedPrecondition, reason: "UNSUPPORTED_PIXELS", "the pixels cannot be cleaned: \(reason)",
                field: "PixelData", remedy: "Leave the object out.")
        case .identifierLeft(let keyword):
            RPCStatus(
                .failedPrecondition, reason: "IDENTIFIER_LEFT",
                "a value of \(keyword) was still found after everything was done", field: keyword,
                remedy: "Look where the object repeats the value; it is not given out.")
        case .shortSecret(let least):
            RPCStatus(
                .internal, reason: "SHORT_SECRET", "the site's secret is shorter than \(least) bytes",
                limit: "\(least) bytes", remedy: "Make a longer one: openssl rand -base64 48.")
        case .invalidRegionRule(let number, let reason):
            RPCStatus(
                .internal, reason: "INVALID_REGION_RULE",
                number == 0 ? "the region rules are \(reason)" : "region rule \(number): \(reason)",
                found: "rule \(number)", remedy: "Correct the rule.")
        case .outOfMemory:
            RPCStatus(
                .resourceExhausted, reason: "OUT_OF_MEMORY", "there is no memory left", remedy: "Try again later.")
        }
    }
}
