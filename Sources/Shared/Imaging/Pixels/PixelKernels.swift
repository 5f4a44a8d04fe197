import CPixels

/// The loops of `CPixels` in the form that this CPU runs best; `CPixels.h` says what each does.
enum PixelKernels {
    private static let best = px_best_kernels().pointee

    static let span = best.span
    static let countOutside = best.count_outside
    static let markOutside = best.mark_outside
    static let onRamp = best.on_ramp
    static let weightedRows = best.weighted_rows
    static let matrixVector = best.matrix_vector
    static let weightedBox = best.weighted_box
    static let trilinearRow = best.trilinear_row
}
