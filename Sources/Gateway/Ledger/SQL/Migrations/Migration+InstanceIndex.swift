extension Migration {
    /// Headers for DICOMweb: `…_key` is the form of a name that searches compare. Objects that Hilum made are here too,
    /// and not in `instances`.
    static let instanceIndex = Migration(
        "006 instance index",
        """
        CREATE TABLE indexed_studies (
            id INTEGER PRIMARY KEY,
            study_uid TEXT NOT NULL UNIQUE,
            study_date TEXT NOT NULL,
            study_time TEXT NOT NULL,
            accession_number TEXT NOT NULL,
            referring_physician_name TEXT NOT NULL,
            referring_physician_name_key TEXT NOT NULL,
            timezone_offset TEXT NOT NULL,
            study_description TEXT NOT NULL,
            patient_name TEXT NOT NULL,
            patient_name_key TEXT NOT NULL,
            patient_id TEXT NOT NULL,
            patient_birth_date TEXT NOT NULL,
            patient_sex TEXT NOT NULL,
            study_number TEXT NOT NULL
        ) STRICT;
        CREATE INDEX indexed_studies_by_date ON indexed_studies (study_date);
        CREATE INDEX indexed_studies_by_patient ON indexed_studies (patient_id);
        CREATE INDEX indexed_studies_by_accession ON indexed_studies (accession_number);

        CREATE TABLE indexed_series (
            id INTEGER PRIMARY KEY,
            study_id INTEGER NOT NULL REFERENCES indexed_studies (id),
            series_uid TEXT NOT NULL,
            modality TEXT NOT NULL,
            series_description TEXT NOT NULL,
            body_part TEXT NOT NULL,
            series_number TEXT NOT NULL,
            performed_start_date TEXT NOT NULL,
            performed_start_time TEXT NOT NULL,
            scheduled_step_id TEXT NOT NULL,
            requested_procedure_id TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX indexed_series_of_study ON indexed_series (study_id, series_uid);
        CREATE INDEX indexed_series_by_uid ON indexed_series (series_uid);

        CREATE TABLE indexed_instances (
            id INTEGER PRIMARY KEY,
            series_id INTEGER NOT NULL REFERENCES indexed_series (id),
            sop_uid TEXT NOT NULL UNIQUE,
            sop_class_uid TEXT NOT NULL,
            transfer_syntax_uid TEXT NOT NULL,
            instance_number TEXT NOT NULL,
            frame_count TEXT NOT NULL,
            pixel_rows TEXT NOT NULL,
            pixel_columns TEXT NOT NULL,
            bits_allocated TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            byte_count INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX indexed_instances_by_digest ON indexed_instances (sha256);
        CREATE INDEX indexed_instances_of_series ON indexed_instances (series_id, id);
        """)
}
