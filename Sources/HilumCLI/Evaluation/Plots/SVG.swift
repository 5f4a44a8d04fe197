import Foundation

/// A drawing as SVG 1.1 that is legible on light and on dark pages: it has its own ground, and other colours where the
/// reader prefers dark ones.
struct SVG {
    let width: Double
    let height: Double
    private var elements: [String] = []

    init(width: Double, height: Double) {
        (self.width, self.height) = (width, height)
    }

    enum Anchor: String { case start, middle, end }

    mutating func text(
        _ text: String, x: Double, y: Double, _ style: String = "ink", size: Double = 11, anchor: Anchor = .start,
        isUpright: Bool = false
    ) {
        let turn = isUpright ? #" transform="rotate(-90 \#(Self.number(x)) \#(Self.number(y)))""# : ""
        elements.append(
            #"<text class="\#(style)" x="\#(Self.number(x))" y="\#(Self.number(y))" font-size="\#(Self.number(size))""#
                + #" text-anchor="\#(anchor.rawValue)"\#(turn)>\#(Self.escaped(text))</text>"#)
    }

    mutating func line(_ from: (Double, Double), _ to: (Double, Double), _ style: String) {
        elements.append(
            #"<line class="\#(style)" x1="\#(Self.number(from.0))" y1="\#(Self.number(from.1))""#
                + #" x2="\#(Self.number(to.0))" y2="\#(Self.number(to.1))"/>"#)
    }

    mutating func polyline(_ points: [(Double, Double)], _ style: String) {
        let text = points.map { "\(Self.number($0.0)),\(Self.number($0.1))" }.joined(separator: " ")
        elements.append(#"<polyline class="line \#(style)" points="\#(text)"/>"#)
    }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, _ style: String, opacity: Double = 1
    ) {
        elements.append(
            #"<rect class="\#(style)" x="\#(Self.number(x))" y="\#(Self.number(y))" width="\#(Self.number(width))""#
                + #" height="\#(Self.number(height))" opacity="\#(Self.number(opacity))"/>"#)
    }

    mutating func dot(_ x: Double, _ y: Double, _ style: String, radius: Double = 3) {
        elements.append(
            #"<circle class="dot \#(style)" cx="\#(Self.number(x))" cy="\#(Self.number(y))" r="\#(Self.number(radius))"/>"#
        )
    }

    /// The whole file.
    ///
    /// - Parameter title: read out by screen readers.
    func document(title: String) -> Data {
        let size = "\(Self.number(width)) \(Self.number(height))"
        return Data(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" width="\(Self.number(width))" \
            height="\(Self.number(height))" role="img" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif">
            <title>\(Self.escaped(title))</title>
            \(Self.styles)
            <rect class="ground" width="100%" height="100%"/>
            \(elements.joined(separator: "\n"))
            </svg>

            """.utf8)
    }

    private static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static let styles = """
        <style>
        svg { --ground: #ffffff; --ink: #1b1b1a; --muted: #5c5b57; --grid: #e4e3dd; --rule: #a3a29b;
              --s0: #2a6fca; --s1: #c8501e; --s2: #14855a; --s3: #7a4bc0; }
        @media (prefers-color-scheme: dark) {
          svg { --ground: #171716; --ink: #f4f3ef; --muted: #b9b8b0; --grid: #33322f; --rule: #77766f;
                --s0: #6aa5f2; --s1: #f0906a; --s2: #45c594; --s3: #b596ee; }
        }
        .ground { fill: var(--ground) } .ink { fill: var(--ink) } .muted { fill: var(--muted) }
        .grid { stroke: var(--grid); stroke-width: 1 } .rule { stroke: var(--rule); stroke-width: 1 }
        .dashed { stroke: var(--rule); stroke-width: 1; stroke-dasharray: 3 3 }
        .bar { fill: var(--grid) } .area { fill: var(--s0) }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round }
        .line.s0, .interval.s0 { stroke: var(--s0) } .line.s1, .interval.s1 { stroke: var(--s1) }
        .line.s2, .interval.s2 { stroke: var(--s2) } .line.s3, .interval.s3 { stroke: var(--s3) }
        .interval { stroke-width: 2 } .thin.s0 { stroke: var(--s0); stroke-width: 1; opacity: 0.6 }
        .dot { stroke: var(--ground); stroke-width: 1.5 }
        .dot.s0, text.s0 { fill: var(--s0) } .dot.s1, text.s1 { fill: var(--s1) }
        .dot.s2, text.s2 { fill: var(--s2) } .dot.s3, text.s3 { fill: var(--s3) }
        </style>
        """
}
