import Deidentification
import Testing

@Suite struct DateShiftTests {
    @Test(arguments: [
        ("20240301", -1, "20240229"), ("20230301", -1, "20230228"), ("20240101", -366, "20221231"),
        ("2024.03.01", -1, "20240229"), ("20240301101112.123456+0100", -1, "20240229101112.123456+0100"),
    ])
    func `a date moves by days, whatever follows it stays`(date: String, days: Int, expected: String) {
        #expect(DateShift(days: days).shifted(date) == expected)
    }

    @Test(arguments: ["", "2024", "202403", "20241301", "20240300", "DOE^JOHN", "2024030", "٢٠٢٤٠٣٠١"])
    func `what is no date is not moved`(text: String) {
        #expect(DateShift(days: -400).shifted(text) == nil)
    }

    @Test func `a date is known in what people write`() {
        let forms = DateShift.forms(of: "19610412")
        for text in ["19610412", "1961-04-12", "12.04.1961", "04/12/1961", "12041961"] { #expect(forms.contains(text)) }
        #expect(DateShift.forms(of: "1961").isEmpty)
    }
}
