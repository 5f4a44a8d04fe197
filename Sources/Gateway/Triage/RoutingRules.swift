/// A service behind the gateway. The raw value stands in the ledger and in `Instance.route`.
package enum Route: String, Sendable, Hashable, CaseIterable {
    case classifier
    case planning
}

/// Where an instance goes, or why it goes nowhere.
package enum RouteDecision: Sendable, Hashable {
    case to(Route)
    /// No rule matches; the text names the value that decided and holds no patient data.
    case refused(reason: String)
}

/// Which service answers an instance, by modality, SOP class and body part.
///
/// Chest radiographs go to the classifier, MR images of the heart or of no stated body part to planning.
/// Everything else is refused with the value that decided, and stays visible in its study.
package struct RoutingRules: Sendable {
    /// Modalities (PS3.3 §C.7.3.1.1.1) of projection radiographs; "DR" is not standard but common.
    private static let radiographModalities: Set<String> = ["CR", "DX", "DR"]

    /// SOP classes that may hold a projection radiograph of the chest (PS3.4 §B.5): CR, DX for presentation and
    /// for processing, and secondary captures, in which scanned and converted radiographs arrive.
    private static let radiographClasses: Set<String> = [
        "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1.1",
        "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.1", "1.2.840.10008.5.1.4.1.1.7.2",
        "1.2.840.10008.5.1.4.1.1.7.3", "1.2.840.10008.5.1.4.1.1.7.4",
    ]

    /// MR, Enhanced MR and Legacy Converted Enhanced MR Image Storage: the classes with a geometry to plan on.
    private static let magneticResonanceClasses: Set<String> = [
        "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4",
    ]

    /// Body Part Examined (PS3.16 annex L) that the classifier reads; empty means not stated.
    private static let chest: Set<String> = ["", "CHEST", "THORAX", "LUNG", "HEART", "CHESTABDOMEN", "CHEST ABDOMEN"]

    /// Body Part Examined under which scouts of the heart arrive; empty means not stated.
    private static let heart: Set<String> = [
        "", "HEART", "CARDIAC", "CARDIO", "CARDIOVASCULAR", "CHEST", "THORAX", "TORSO", "BODY", "WHOLEBODY",
        "WHOLE BODY", "CHESTABDOMEN", "CHEST ABDOMEN",
    ]

    package init() {}

    /// Decides by the header alone; upper and lower case are equal.
    package func decide(_ header: InstanceHeader) -> RouteDecision {
        let modality = header.modality.uppercased()
        if modality.isEmpty {
            return .refused(reason: "no route: Modality is not stated")
        }
        if Self.radiographModalities.contains(modality) {
            return decide(header, .classifier, classes: Self.radiographClasses, bodyParts: Self.chest)
        }
        if modality == "MR" {
            return decide(header, .planning, classes: Self.magneticResonanceClasses, bodyParts: Self.heart)
        }
        return .refused(reason: "no route for Modality \(modality.limited)")
    }

    private func decide(
        _ header: InstanceHeader, _ route: Route, classes: Set<String>, bodyParts: Set<String>
    ) -> RouteDecision {
        let modality = header.modality.uppercased().limited
        // A data set without SOP class is broken, but its pixels may still be read: the service decides.
        if !header.sopClassUID.isEmpty, !classes.contains(header.sopClassUID) {
            return .refused(reason: "no route for Modality \(modality) of SOPClassUID \(header.sopClassUID.limited)")
        }
        let bodyPart = header.bodyPartExamined.uppercased()
        guard bodyParts.contains(bodyPart) else {
            return .refused(reason: "no route for Modality \(modality) of BodyPartExamined \(bodyPart.limited)")
        }
        return .to(route)
    }
}

extension String {
    /// At most 64 characters, none of them a control character: fit for a reason or an error.
    package var limited: String {
        String(prefix(64).filter { $0.isASCII && !$0.isNewline && $0 >= " " && $0 != "\u{7F}" })
    }
}
