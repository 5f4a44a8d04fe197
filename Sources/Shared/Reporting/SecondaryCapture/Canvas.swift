import CDrawing

/// A colour, 0 to 1.
struct Colour {
    let red: Double
    let green: Double
    let blue: Double
    var alpha = 1.0

    static let white = Colour(red: 1, green: 1, blue: 1)
    static let grey = Colour(red: 0.65, green: 0.68, blue: 0.72)
    static let line = Colour(red: 0.25, green: 0.27, blue: 0.3)
    static let amber = Colour(red: 1, green: 0.76, blue: 0.2)
    static let warning = Colour(red: 1, green: 0.45, blue: 0.4)

    fileprivate var c: drawing_colour { drawing_colour(red: red, green: green, blue: blue, alpha: alpha) }
}

/// A page in memory that is drawn by Cairo and Pango. Lengths are pixels.
struct Canvas: ~Copyable {
    let width: Int
    let height: Int
    private let handle: OpaquePointer

    /// A black page.
    init(width: Int, height: Int) throws(ReportingError) {
        guard let width32 = UInt32(exactly: width), let height32 = UInt32(exactly: height),
            let handle = drawing_create(width32, height32)
        else { throw .drawing }
        self.width = width
        self.height = height
        self.handle = handle
    }

    deinit { drawing_free(handle) }

    func fill(x: Double, y: Double, width: Double, height: Double, _ colour: Colour) {
        drawing_fill(handle, x, y, width, height, colour.c)
    }

    func draw(_ picture: Picture, x: Double, y: Double) {
        drawing_picture(handle, picture.rgb, UInt32(picture.width), UInt32(picture.height), x, y)
    }

    /// Sets text in lines of at most `width`; returns the height it takes.
    @discardableResult
    func text(
        _ text: String, x: Double, y: Double, width: Double, size: Double = 18, bold: Bool = false,
        _ colour: Colour = .white
    ) -> Double {
        drawing_text(handle, text, x, y, width, size, bold, colour.c)
    }

    /// The height that text takes.
    func height(of text: String, width: Double, size: Double = 18, bold: Bool = false) -> Double {
        drawing_text_height(handle, text, width, size, bold)
    }

    func picture() throws(ReportingError) -> Picture {
        var rgb = [UInt8](repeating: 0, count: width * height * 3)
        guard drawing_pixels(handle, &rgb) else { throw .drawing }
        return Picture(width: width, height: height, rgb: rgb)
    }
}

/// 8-bit RGB pixels, row by row.
struct Picture {
    let width: Int
    let height: Int
    let rgb: [UInt8]

    init(width: Int, height: Int, rgb: [UInt8]) {
        precondition(rgb.count == width * height * 3)
        self.width = width
        self.height = height
        self.rgb = rgb
    }
}
