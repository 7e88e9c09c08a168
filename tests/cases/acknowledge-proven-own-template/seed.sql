INSERT INTO department_template (department_id, kind, text) VALUES (1, 'acknowledge',
    'Subject: %{subject} %{requester}

For %{requester}: %{id}, ticket %{ticket} at %{role}.
About %{subject}.
');
