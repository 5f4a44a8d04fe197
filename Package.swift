// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"]
    .map { .enableUpcomingFeature($0) }

/// Tests are compiled without optimisation, which takes less than half the time; what they test is optimised.
let tests: [SwiftSetting] = strict + [.unsafeFlags(["-Onone"])]

let isFuzzed = Context.environment["HILUM_FUZZ"] != nil

/// An event loop's state belongs to one thread, and checks of exclusive access to it would cost a twelfth of a server's
/// time. They are on in debug builds, which `make sanitize` tests, and for the fuzzer.
let onEventLoop: [SwiftSetting] =
    strict
    + (isFuzzed ? [] : [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))])

/// A library under Sources/Shared with its test target beside it.
func shared(_ name: String, uses: [Target.Dependency] = [], settings: [SwiftSetting] = strict) -> [Target] {
    [
        .target(name: name, dependencies: uses, path: "Sources/Shared/\(name)", swiftSettings: settings),
        .testTarget(name: "\(name)Tests", dependencies: [.byName(name: name)] + uses, swiftSettings: tests),
    ]
}

/// A C or C++ shim under Sources/Shared around one Debian library.
func shim(_ name: String, links libraries: [String], flags: [String] = [], headers: [String] = []) -> Target {
    .target(
        name: name, path: "Sources/Shared/\(name)",
        cSettings: [.unsafeFlags(["-O2"] + flags)] + headers.map { .headerSearchPath($0) },
        cxxSettings: [.unsafeFlags(["-O2"] + flags)],
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// Where Debian keeps the headers of Pango and what it uses, as `pkg-config --cflags pangocairo` says; glibconfig.h lies
/// in a folder named by the machine's kind.
let pangoHeaders = [
    "/usr/include/pango-1.0", "/usr/include/glib-2.0", "/usr/lib/x86_64-linux-gnu/glib-2.0/include",
    "/usr/lib/aarch64-linux-gnu/glib-2.0/include", "/usr/include/harfbuzz", "/usr/include/cairo",
].flatMap { ["-isystem", $0] }

/// A program and its test target.
func program(_ target: String, uses: [Target.Dependency], resources: [Resource] = []) -> [Target] {
    [
        .executableTarget(
            name: target, dependencies: uses, path: "Sources/\(target)", resources: resources, swiftSettings: strict),
        .testTarget(
            name: "\(target)Tests", dependencies: [.byName(name: target)] + uses, swiftSettings: tests),
    ]
}

/// The fuzzer needs the sanitizers' runtime, so only `make fuzz` has it.
let fuzzer: [Target] =
    isFuzzed
    ? [
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver", swiftSettings: strict)
    ] : []

let package = Package(
    name: "hilum",
    products: [
        .executable(name: "gateway", targets: ["Gateway"]),
        .executable(name: "classifier-service", targets: ["ClassifierService"]),
        .executable(name: "planning-service", targets: ["PlanningService"]),
        .executable(name: "hilum", targets: ["HilumCLI"]),
    ],
    targets: [
        shim("CProtobuf", links: ["protobuf-c"], flags: ["-Wno-everything"], headers: ["generated"]),
        shim(
            "CDCMTK",
            links: [
                "dcmjpeg", "dcmjpls", "dcmdata", "dcmimgle", "oflog", "ofstd", "ijg8", "ijg12", "ijg16", "dcmtkcharls",
                "z",
            ]),
        shim("CDCMTKNetwork", links: ["dcmnet", "dcmdata", "oflog", "ofstd"]),
        shim("CDCMTKReport", links: ["dcmsr", "dcmdata", "oflog", "ofstd", "xml2", "z"]),
        shim(
            "CDrawing", links: ["pangocairo-1.0", "pango-1.0", "gobject-2.0", "glib-2.0", "cairo"],
            flags: pangoHeaders),
        shim("COpenJPEG", links: ["openjp2"]),
        shim("CPNG", links: ["png"]),
        shim("CJPEG", links: ["jpeg"]),
        shim("CZlib", links: ["z"]),
        shim("CNGHTTP2", links: ["nghttp2"]),
        shim("CHTTPParser", links: ["http_parser"]),
        shim("CCurl", links: ["curl"]),
        shim("CResolv", links: ["resolv"]),
        shim("CLinux", links: []),
        shim("CSQLite", links: ["sqlite3"]),
        shim("CPQ", links: ["pq"]),
        shim("COpenSSL", links: ["ssl", "crypto"]),
        shim("CKernels", links: [], flags: ["-O3"]),
        shim("CPixels", links: [], flags: ["-O3"]),
    ]
        + shared("Wire", uses: ["CLinux", "CProtobuf"])
        + shared("Cryptography", uses: ["COpenSSL"])
        + shared(
            "HTTP", uses: ["Cryptography", "CNGHTTP2", "CHTTPParser", "CCurl", "CResolv", "CLinux", "CZlib"],
            settings: onEventLoop)
        + shared("RPC", uses: ["HTTP", "Wire"])
        + shared("OpenInference", uses: ["HTTP", "RPC", "Wire"])
        + shared("Imaging", uses: ["CDCMTK", "COpenJPEG", "CPNG", "CJPEG", "CZlib", "CPixels", "CLinux"])
        + shared("DICOMNetwork", uses: ["CDCMTKNetwork", "Cryptography"])
        + shared("DICOMweb", uses: ["HTTP", "Imaging", "CLinux"])
        + shared("Reporting", uses: ["Imaging", "Cryptography", "CDCMTKReport", "CDrawing"])
        + shared("NeuralNetwork", uses: ["CKernels", "Cryptography"])
        + shared("Preprocessing", uses: ["Imaging", "NeuralNetwork"])
        + shared("Deidentification", uses: ["Imaging", "Cryptography"])
        + shared(
            "ServiceKit",
            uses: [
                "Cryptography", "HTTP", "RPC", "OpenInference", "Wire", "Imaging", "NeuralNetwork", "Deidentification",
                "CLinux",
            ])
        + program(
            "ClassifierService",
            uses: [
                "ServiceKit", "RPC", "OpenInference", "Wire", "Imaging", "NeuralNetwork", "Preprocessing",
            ])
        + program(
            "PlanningService",
            uses: [
                "ServiceKit", "HTTP", "RPC", "OpenInference", "Wire", "Imaging", "NeuralNetwork", "Preprocessing",
            ])
        + program(
            "Gateway",
            uses: [
                "ServiceKit", "DICOMNetwork", "DICOMweb", "HTTP", "RPC", "Wire", "Imaging", "Reporting",
                "Deidentification", "CSQLite",
                "CPQ", "CLinux",
                "Cryptography",
            ],
            resources: [.embedInCode("Routing/default-routing.json")])
        + [
            .executableTarget(
                name: "EchoServer", dependencies: ["HTTP", "RPC", "Wire"], path: "benchmarks/EchoServer",
                swiftSettings: strict),
            .executableTarget(
                name: "ConformanceServer", dependencies: ["ServiceKit", "HTTP", "RPC", "Wire"],
                path: "Tests/ConformanceServer", swiftSettings: strict),
            .executableTarget(
                name: "NetworkBench", dependencies: ["NeuralNetwork"], path: "benchmarks/NetworkBench",
                swiftSettings: strict),
        ]
        + [
            .target(
                name: "FuzzTargets", dependencies: ["HTTP", "RPC", "Wire", "NeuralNetwork", "DICOMweb"],
                path: "Tests/Fuzz/Targets", swiftSettings: strict),
            .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets"], swiftSettings: tests),
        ]
        + fuzzer
        + program(
            "HilumCLI",
            uses: [
                "ServiceKit", "Cryptography", "DICOMNetwork", "HTTP", "RPC", "Wire", "Imaging", "NeuralNetwork",
                "Preprocessing", "Deidentification",
            ]),
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
