import Foundation

/// Decides whether an image can be graded: large enough, neither blank nor clipped, a frontal chest, upright, bone
/// bright. A gate that cannot be judged without a passed one before it is not run.
package struct QualityGates: Sendable {
    /// What each figure is compared with.
    package let limits: GateLimits

    package init(limits: GateLimits = GateLimits()) {
        self.limits = limits
    }

    /// Runs the gates.
    package func examine(_ image: Radiograph) -> QualityReport {
        var report = QualityReport()
        checkSize(image, &report)
        checkBlank(image, &report)
        guard !report.failed("blank") else { return report }
        let survey = FieldSurvey(of: image)
        checkClipping(Clipping(survey), &report)

        let thumbnail = GreyThumbnail(survey).ranked
        let layout = ChestLayout(of: thumbnail)
        checkChest(image, layout, &report)
        guard !report.failed("chest") else { return report }
        checkPolarity(layout, &report)
        checkRotation(layout, &report)
        checkLateral(image, thumbnail.turned(clockwise: layout.degrees), &report)
        return report
    }

    private func checkSize(_ image: Radiograph, _ report: inout QualityReport) {
        let side = min(image.rows, image.columns)
        report.add(
            "size", value: Double(side), limit: Double(limits.minSize), unit: "px", passed: side >= limits.minSize,
            reason: "the shorter side has \(side) px; at least \(limits.minSize) px are needed")
    }

    private func checkBlank(_ image: Radiograph, _ report: inout QualityReport) {
        let shown = ValueRange.shown(image)
        let range = min(shown, image.storedRange ?? shown)
        report.add(
            "blank", value: range, limit: limits.minRange, unit: "fraction of full scale",
            passed: range > limits.minRange, reason: "the image has next to no contrast")
    }

    private func checkClipping(_ clipped: Clipping, _ report: inout QualityReport) {
        report.add(
            "clipping", value: max(clipped.low, clipped.high), limit: limits.maxClipped, unit: "fraction of the field",
            passed: max(clipped.low, clipped.high) < limits.maxClipped,
            reason: clipped.low > clipped.high
                ? "too much of the patient is at the darkest value" : "too much of the field is at the brightest value")
    }

    private func checkChest(_ image: Radiograph, _ layout: ChestLayout, _ report: inout QualityReport) {
        let named = BodyPart.namesAnotherPart(image.bodyPartExamined)
        report.add(
            "chest", value: layout.best, limit: limits.minChestLikeness, unit: "likeness",
            passed: layout.best >= limits.minChestLikeness && !named,
            reason: named
                ? "BodyPartExamined names another part of the body" : "not laid out like a frontal chest radiograph")
    }

    private func checkPolarity(_ layout: ChestLayout, _ report: inout QualityReport) {
        let margin = layout.asShown - layout.inverted
        report.add(
            "polarity", value: margin, limit: limits.minPolarityMargin, unit: "likeness as shown less inverted",
            passed: margin >= limits.minPolarityMargin,
            reason: "lungs are brighter than the mediastinum: shown inverted")
    }

    private func checkRotation(_ layout: ChestLayout, _ report: inout QualityReport) {
        report.add(
            "rotation", value: Double(layout.degrees), limit: Double(limits.maxRotation), unit: "degrees",
            passed: layout.degrees <= limits.maxRotation,
            reason: "the chest stands upright after a clockwise turn by \(layout.degrees) degrees")
    }

    private func checkLateral(_ image: Radiograph, _ thumbnail: GreyThumbnail, _ report: inout QualityReport) {
        let symmetry = thumbnail.symmetry
        let named = ViewPosition.isNotFrontal(image.viewPosition)
        report.add(
            "lateral", value: symmetry, limit: limits.minSymmetry, unit: "correlation of the halves",
            passed: symmetry >= limits.minSymmetry && !named,
            reason: named
                ? "ViewPosition names a view that is not frontal"
                : "the halves differ as in a lateral view or where one side is opaque")
    }
}
