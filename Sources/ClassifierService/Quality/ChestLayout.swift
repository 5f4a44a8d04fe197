/// How an image fits the layout of a frontal chest in each of its four turns, as shown and inverted.
package struct ChestLayout: Equatable, Sendable {
    /// The best likeness as shown, over the turns.
    package let asShown: Double
    /// The best likeness inverted, over the turns.
    package let inverted: Double
    /// Clockwise turn, degrees, after which the image fits best in its better polarity: 0, 90, 180 or 270.
    package let degrees: Int

    /// The best likeness at all.
    package var best: Double { max(asShown, inverted) }

    /// - Parameter ranked: a ranked thumbnail of `ChestTemplate.size` cells.
    package init(of ranked: GreyThumbnail, template: ChestTemplate = .standard) {
        let angles = [0, 90, 180, 270]
        let likenesses = template.likenesses(of: angles.map { ranked.turned(clockwise: 360 - $0) })
        let turns = zip(angles, likenesses).map { (counterClockwise: $0, likeness: $1) }
        let asShown = turns.map(\.likeness.upright).max() ?? 0
        let inverted = turns.map(\.likeness.inverted).max() ?? 0
        let fits = turns.max { first, second in
            asShown >= inverted
                ? first.likeness.upright < second.likeness.upright
                : first.likeness.inverted < second.likeness.inverted
        }
        self.asShown = asShown
        self.inverted = inverted
        degrees = fits.map { (360 - $0.counterClockwise) % 360 } ?? 0
    }
}
